/** `verify`: which pages and how much of them, how often, in which sandbox, and what is said of where it was. */
import { access, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Report } from '../../playground/authoring/report.ts'
import { callersFolder } from '../../playground/course/places.ts'
import { needsProgram, needsSandbox } from '../harness/needs.ts'
import { runModule, verify, verifyWith } from '../harness/verify.ts'

let base: string
beforeAll(async () => {
  base = await mkdtemp(path.join(os.tmpdir(), 'playground-test-'))
})
afterAll(() => rm(base, { recursive: true, force: true }))

const fence = (body: string, words = '') => `\`\`\`console ${words}\n${body}\n\`\`\`\n\n`

async function writePage(text: string, name = 'page.md'): Promise<string> {
  const folder = await mkdtemp(path.join(base, 'page-'))
  const page = path.join(folder, name)
  await writeFile(page, text)
  return page
}

async function reportOf(...args: string[]): Promise<Report> {
  return JSON.parse((await verify('--reporter', 'json', ...args)).out)
}

describe('which pages', () => {
  const names = (report: Report) => report.pages.map(({ file }) => path.basename(file))

  test('a folder: its pages and those below, without README.md and what is installed', async context => {
    await needsSandbox(context)
    const folder = await mkdtemp(path.join(base, 'folder-'))
    for (const name of ['one.md', 'sub/two.md', 'README.md', 'node_modules/x/three.md', '.git/four.md']) {
      await mkdir(path.dirname(path.join(folder, name)), { recursive: true })
      await writeFile(path.join(folder, name), fence('$ true'))
    }
    expect(names(await reportOf(folder))).toEqual(['one.md', 'two.md'])
    expect(names(await reportOf(path.join(folder, '*.md'), path.join(folder, 'one.md')))).toEqual(['one.md'])
  })

  test('a tree: the pages of its docs/lessons', async context => {
    await needsSandbox(context)
    const folder = await mkdtemp(path.join(base, 'tree-'))
    await mkdir(path.join(folder, 'docs/lessons'), { recursive: true })
    await writeFile(path.join(folder, 'notes.md'), fence('$ false'))
    const head = '---\ntitle: One\ndescription: One.\n---\n\n'
    await writeFile(path.join(folder, 'docs/lessons/01-one.md'), head + fence('$ true'))
    expect(names(await reportOf(folder))).toEqual(['01-one.md'])
  })

  test('paths begin where npm was called', () => {
    const ours = path.resolve('package.json')
    expect(callersFolder({ INIT_CWD: base, npm_package_json: ours })).toBe(base)
    expect(callersFolder({ INIT_CWD: path.join(base, 'gone'), npm_package_json: ours })).toBe(process.cwd())
    // Somebody else's script of npm has gone where it is on purpose.
    expect(callersFolder({ INIT_CWD: base, npm_package_json: path.join(base, 'package.json') })).toBe(
      process.cwd(),
    )
    expect(callersFolder({})).toBe(process.cwd())
  })

  test('and so do those of reports', async context => {
    await needsSandbox(context)
    const page = await writePage(fence('$ true'))
    const env = {
      INIT_CWD: path.dirname(page),
      npm_package_json: path.resolve('package.json'),
      NO_COLOR: '1',
    }
    const { out, status } = await verifyWith(env, 'page.md', '--reporter', 'junit=report.xml')
    expect([status, out]).toEqual([0, expect.stringMatching(/^page\.md /)])
    expect(await readFile(path.join(path.dirname(page), 'report.xml'), 'utf8')).toContain(
      'classname="page.md"',
    )
  })
})

describe('one fence of a page', () => {
  const text =
    fence('$ echo 5 > file; sleep 600', 'running pane=a') + // line 1
    fence('$ cat file\n5', 'pane=b') + // line 5
    fence('$ exit 3', 'pane=b') + // line 10
    fence('^C\n[130]', 'pane=a') // line 14

  test('what it needs runs first, what is below it does not', async context => {
    await needsSandbox(context)
    const page = await writePage(text)
    for (const line of [5, 6, 8]) {
      const { ok, pages } = await reportOf(`${page}:${line}`)
      const lines = pages.flatMap(({ transcripts }) => transcripts.map(({ line, state }) => [line, state]))
      expect(lines).toEqual([
        [1, 'passed'],
        [5, 'passed'],
      ])
      expect(ok).toBe(true)
    }
    expect((await reportOf(`${page}:10`)).ok).toBe(false)
    // Twice the same page is its longer part.
    expect((await reportOf(`${page}:10`, `${page}:5`)).pages[0]!.transcripts).toHaveLength(3)
  })

  test('in the languages that have it', async context => {
    await needsSandbox(context)
    needsProgram(context, 'python3')
    const page = await writePage(
      fence('$ node -p 1\n1', 'lang=ts') + fence('$ true', 'lang=py') + fence('$ true'),
    )
    const languages = async (...args: string[]) => (await reportOf(...args)).pages.map(({ lang }) => lang)
    expect(await languages(`${page}:1`)).toEqual(['ts'])
    expect(await languages(`${page}:6`)).toEqual(['py'])
    expect(await languages(`${page}:10`)).toEqual(['ts', 'py'])
    expect(await languages('--lang', 'py', page)).toEqual(['py'])
  })

  test('a language that no page has proves nothing', async context => {
    await needsSandbox(context)
    const page = await writePage(fence('$ node -p 1\n1', 'lang=ts'))
    expect(await verify('--lang', 'py', page)).toMatchObject({
      status: 1,
      error: `${page}: this page has nothing in py, so nothing of it runs; leave out --lang, or give ts\n`,
    })
  })
})

test('--repeat: how often what was not true, beside programs that keep every processor busy', async context => {
  await needsSandbox(context)
  const page = await writePage(fence('$ true') + fence('$ sleep 0.1'))
  const { out } = await verify('--repeat', '2', '--busy', page)
  expect(out).toMatch(/page\.md, run 1 /)
  expect(out).toMatch(/page\.md, run 2 /)
  expect(out).toMatch(/\n4 passed, 0 failed, 0 skipped\n$/)
  const wrong = await writePage(fence('$ true') + fence('$ false'))
  const failed = await verify('--repeat', '3', wrong)
  expect(failed.status).toBe(1)
  expect(failed.out).toContain(`${wrong}, line 5: failed in 3 of 3 runs\n`)
})

test('--show: what was printed, and the machine', async context => {
  await needsSandbox(context)
  const page = await writePage(fence('$ seq 3\n1\n...\n$ echo "$$ \\\n> is it"\n<a:pid>  is it'))
  const { out } = await verify('--show', page)
  expect(out).toMatch(/│ \$ seq 3\n +│ 1\n +│ 2\n +│ 3\n +│ \$ echo "\$\$ \\\n +│ > is it"\n +│ \d+ +is it\n/)
  expect(out).toMatch(/at the end:\n +│ \{\n[\s\S]*listeners: \[\]/)
  const [run] = (await reportOf('--show', page)).pages
  expect(run!.transcripts[0]!.printed![0]).toEqual({ command: 'seq 3', lines: ['1', '2', '3'] })
  expect(run!.machine).toMatchObject({ listeners: [], processes: expect.anything() })
})

test('several reporters at once', async context => {
  await needsSandbox(context)
  const page = await writePage(fence('$ true') + fence('$ false'))
  const [junit, json] = [path.join(base, 'r.xml'), path.join(base, 'r.json')]
  const { out } = await verify(
    ...['--reporter', `junit=${junit}`, '--reporter', 'github', '--reporter', 'json', '--output', json, page],
  )
  expect(out).toContain(`::error file=${page},line=6`)
  expect(await readFile(junit, 'utf8')).toContain('<testsuites name="verify" tests="2"')
  expect(JSON.parse(await readFile(json, 'utf8'))).toMatchObject({ ok: false })
})

describe('where it was proven', () => {
  test('kernel, sandbox, and the tools that were used, with their versions', async context => {
    await needsSandbox(context)
    needsProgram(context, 'ss')
    const page = await writePage(fence('$ ss -tln | wc -l\n1', 'requires=python3') + fence('$ node -p 1\n1'))
    const { out } = await verify(page)
    expect(out).toMatch(
      new RegExp(
        `\\nproven on Linux ${RegExp.escape(os.release())}, ${process.arch}, in bwrap, ` +
          `with bash \\d+\\.[\\d.]+, node ${RegExp.escape(process.versions.node)}, python3 3\\.[\\d.]+, ss \\d+\\.[\\d.]+\\n`,
      ),
    )
    expect((await reportOf(page)).ground).toMatchObject({
      sandbox: 'bwrap',
      tools: { node: process.versions.node },
    })
  })

  test('nothing is said where nothing was true', async context => {
    await needsSandbox(context)
    const page = await writePage(fence('$ false'))
    expect((await verify(page)).out).not.toContain('proven')
    expect((await reportOf(page)).ground).toBeUndefined()
  })
})

describe('a sandbox that is demanded', () => {
  const weak = { PLAYGROUND_SANDBOX: 'none', NO_COLOR: '1' }

  test('where it is weaker nothing runs', async () => {
    const mark = path.join(base, 'mark')
    const page = await writePage(fence(`$ touch ${mark}`))
    for (const kind of ['bwrap', 'unshare'])
      expect(await verifyWith(weak, '--sandbox', kind, page)).toEqual({
        status: 2,
        out: '',
        error: `verify: the sandbox is to be ${kind}; here it is none, so nothing has run; mend it with: unset PLAYGROUND_SANDBOX\n`,
      })
    await expect(access(mark)).rejects.toThrow()
    expect((await verifyWith(weak, '--sandbox', 'none', page)).status).toBe(0)
    await access(mark)
  })

  test('CI demands bwrap where it is installed', async context => {
    await needsSandbox(context)
    const page = await writePage(fence('$ true'))
    // A user namespace in which no other may be made.
    const forbid = 'echo 0 > /proc/sys/user/max_user_namespaces && exec "$@"'
    const command = ['unshare', '--user', '--map-root-user', 'bash', '-c', forbid, '-']
    const env = { CI: 'true', PLAYGROUND_SANDBOX: undefined, NO_COLOR: '1' }
    const { status, out, error } = await runModule('./authoring/verify.ts', [page], env, command)
    expect([status, out]).toEqual([2, ''])
    expect(error).toMatch(
      /^verify: the sandbox is to be bwrap, as CI is set and bwrap is installed; --sandbox none runs without it; here it is none, so nothing has run; mend it with: .*\n$/,
    )
  })

  test('a stronger one will do', async context => {
    await needsSandbox(context)
    expect((await verify('--sandbox', 'unshare', await writePage(fence('$ true')))).status).toBe(0)
  })

  test('a page that requires one does not run without', async () => {
    const mark = path.join(base, 'required')
    const page = await writePage(fence(`$ touch ${mark}`, 'requires=sandbox') + fence('$ true'))
    const { out, status } = await verifyWith({ ...weak, CI: '' }, '--reporter', 'github', page)
    expect(status).toBe(0)
    expect(out).toMatch(/::warning file=.*,line=1,.*::skipped: needs a sandbox; get one with: /)
    expect((await verifyWith({ ...weak, CI: 'true' }, page)).status).toBe(1)
    await expect(access(mark)).rejects.toThrow()
  })
})
