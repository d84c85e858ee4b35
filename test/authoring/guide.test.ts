/** The authors' guide and CONTRIBUTING.md tell the truth: their own fences are run, the wrong examples too. */
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import MarkdownIt from 'markdown-it'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readPages } from '../../playground/authoring/pages.ts'
import { explain, problemText } from '../../playground/authoring/report-text.ts'
import { runsOf, verifyPage } from '../../playground/authoring/runs.ts'
import { VALUES } from '../../playground/format/placeholder.ts'
import { needsProgram, needsSandbox } from '../harness/needs.ts'

interface Fence {
  line: number
  /** First word of the info string. */
  language: string
  /** `[NAME]` behind it. */
  name?: string
  body: string
}

async function readFences(file: string): Promise<Fence[]> {
  const tokens = new MarkdownIt().parse(await readFile(file, 'utf8'), {})
  return tokens
    .filter(({ type }) => type === 'fence')
    .map(({ info, content, map }) => {
      const [language = '', name] = info.split(/\s+/)
      return { line: map![0] + 1, language, name: name?.replace(/^\[|\]$/g, ''), body: content }
    })
}

let base: string
beforeAll(async () => {
  base = await mkdtemp(path.join(os.tmpdir(), 'playground-test-'))
})
afterAll(() => rm(base, { recursive: true, force: true }))

describe('docs/guide/authoring.md', async () => {
  const file = 'docs/guide/authoring.md'
  const fences = await readFences(file)
  const scripts = fences.filter(({ name }) => name !== undefined)
  /** For pages with checks, and for those with challenges. */
  const checks = scripts.filter(({ name }) => name === 'checks.ts')
  const examples = fences.flatMap((fence, index) => {
    const next = fences[index + 1]
    return fence.language === 'md' ? [{ ...fence, says: next?.language === 'text' ? next.body : '' }] : []
  })

  /** All that `verify` would say of the page, with the page called example.md. */
  async function complaints(text: string, line: number): Promise<string> {
    const folder = path.join(base, `example-${line}`)
    // Checks that a page does not show are worth a warning.
    const [, kind] = /^:{3,} (check|challenge) /m.exec(text) ?? []
    const shown = kind && checks[kind === 'check' ? 0 : 1]
    const needed = scripts.filter(script => script.name !== 'checks.ts' || script === shown)
    for (const { name, body } of needed) {
      await mkdir(path.dirname(path.join(folder, name!)), { recursive: true })
      await writeFile(path.join(folder, name!), body)
    }
    const page = path.join(folder, 'example.md')
    await writeFile(page, text)
    const { pages, mistakes, warnings } = await readPages([{ file: page }])
    const said = [...mistakes, ...warnings].map(problemText)
    for (const run of pages.flatMap(({ lesson }) => runsOf(page, lesson))) {
      const { transcripts, checks } = await verifyPage(run)
      for (const { state, reason, verdicts } of transcripts) {
        if (state === 'skipped') said.push(`skipped: ${reason}`)
        if (state === 'inapplicable') said.push(`not applicable: ${reason}`)
        said.push(...verdicts.filter(({ ok }) => !ok).map(verdict => explain(page, verdict)))
      }
      for (const { check, message } of checks)
        if (message) said.push(explain(page, { line: check.line, message }))
    }
    return said.join('\n').replaceAll(`${folder}/`, '').replaceAll(folder, '.')
  }

  test.for(examples)(`${file}:$line`, async ({ line, body, says }, context) => {
    await needsSandbox(context)
    if (body.includes('python3')) needsProgram(context, 'python3')
    const said = await complaints(body, line)
    // Without the tables of differences, which are further in.
    const lines = said.split('\n').filter(text => text !== '' && !text.startsWith(' '.repeat(6)))
    expect(lines.map(text => text.trim())).toEqual(says.split('\n').filter(text => text !== ''))
  })

  test('the table of types has them all', async () => {
    const text = await readFile(file, 'utf8')
    for (const type of Object.keys(VALUES)) expect(text).toMatch(new RegExp(`^\\| \`${type}\` \\|`, 'm'))
  })
})

describe('your first lesson in ten minutes', () => {
  // It runs pages fifteen times, some with both processors busy.
  test('each step does what is said of it', { timeout: 900_000 }, async context => {
    await needsSandbox(context)
    needsProgram(context, 'npm', 'ss', 'python3')
    const text = await readFile('docs/guide/authoring.md', 'utf8')
    const section = text.split('## Your first lesson in ten minutes\n')[1]!.split('\n## Where things are')[0]!
    const steps = new MarkdownIt().parse(section, {}).filter(({ type }) => type === 'fence')
    // The project's folder, for one who stands in it.
    const here = path.join(base, 'project')
    await mkdir(here)
    const page = path.join(base, 'my-course/docs/lessons/01-hello.md')
    const ended: { command: string; status: number; out: string }[] = []
    for (const { info, content } of steps) {
      if (info === 'markdown') await appendFile(page, `\n${content}`)
      else if (content.includes('npm run docs')) ended.push(await serve(content.trim(), here))
      else ended.push(await npm(content.trim(), here))
    }
    expect(ended.map(({ command }) => command.split(' ')[2])).toEqual([
      'new-lesson',
      ...Array(4).fill('verify'),
      'docs',
    ])
    const [made, proven, wrong, updated, repeated, served] = ended
    expect([made, proven, wrong, updated, repeated].map(step => step!.status)).toEqual([0, 0, 1, 0, 0])
    const lines = (await readFile(page, 'utf8')).split('\n')
    const line = lines.findLastIndex(text => text.includes('wc -l')) + 2
    expect(wrong!.out).toContain(`01-hello.md:${line}: expected \`2\`, got \`1\``)
    expect(updated!.out).toContain(`01-hello.md:${line - 1}: updated\n`)
    expect(lines[line - 1]).toBe('1')
    expect(repeated!.out).toMatch(/run 5 /)
    expect(served!.out).toContain('#key=')
  })

  /** As a reader types it, who stands in the folder beside which the course is made. */
  function start(command: string, cwd: string) {
    const [program, ...args] = command.split(' ')
    const env = { ...process.env, XDG_STATE_HOME: path.join(base, 'state'), INIT_CWD: undefined, CI: '' }
    return spawn(program!, ['--prefix', process.cwd(), ...args], { cwd, env })
  }

  async function npm(command: string, cwd: string) {
    const child = start(command, cwd)
    let out = ''
    for (const stream of [child.stdout, child.stderr]) stream.on('data', chunk => (out += chunk))
    const [status] = await once(child, 'close')
    return { command, status, out }
  }

  async function serve(command: string, cwd: string) {
    const child = start(`${command} --port 0`, cwd)
    let out = ''
    for (const stream of [child.stdout, child.stderr]) stream.on('data', chunk => (out += chunk))
    await expect.poll(() => out).toContain('Ctrl-C ends the server')
    child.kill('SIGTERM')
    await once(child, 'close')
    return { command, status: 0, out }
  }
})

describe('CONTRIBUTING.md: add a lesson', () => {
  test('the steps lead to a lesson that is true', async context => {
    await needsSandbox(context)
    const fences = await readFences('CONTRIBUTING.md')
    const named = fences.filter(({ name }) => name !== undefined)
    const shown = named.pop()!
    expect(named.map(({ name }) => name!.split('/')[0])).toEqual(['lessons', 'lessons', 'docs'])
    for (const { name, body } of named) {
      await mkdir(path.dirname(path.join(base, name!)), { recursive: true })
      await writeFile(path.join(base, name!), body)
    }
    const commands = fences.filter(({ language }) => language === 'sh').map(({ body }) => body.trim())
    expect(commands).toHaveLength(2)
    for (const command of commands) {
      const args = /^npm run verify -- (.+)$/.exec(command)![1]!.split(' ')
      const placed = args.map(arg => (arg.startsWith('--') ? arg : path.join(base, arg)))
      const { status, error } = await verify(...placed)
      // The folder of the test is somebody else's.
      expect(error).toMatch(/^verify: \S+checks\.ts runs as your own program, .*\n$/)
      expect(status).toBe(0)
    }
    expect(await readFile(path.join(base, shown.name!), 'utf8')).toContain(shown.body)
  })
})

test.each(['CONTRIBUTING.md', 'README.md', '.ci/run'])(
  'the scripts of npm that %s names are there',
  async file => {
    const { scripts } = JSON.parse(await readFile('package.json', 'utf8'))
    const named = [...(await readFile(file, 'utf8')).matchAll(/npm run ([\w:-]+)/g)].map(([, name]) => name!)
    expect(named).toContain('test:more')
    expect(Object.keys(scripts)).toEqual(expect.arrayContaining(named))
  },
)

function verify(...args: string[]): Promise<{ status: number; out: string; error: string }> {
  return new Promise(resolve =>
    execFile(
      process.execPath,
      ['playground/start.mjs', './authoring/verify.ts', ...args],
      (error, out, complaint) => resolve({ status: error ? Number(error.code) : 0, out, error: complaint }),
    ),
  )
}
