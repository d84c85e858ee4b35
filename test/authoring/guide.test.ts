/** The authors' guide and CONTRIBUTING.md tell the truth: their own fences are run, the wrong examples too. */
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import MarkdownIt from 'markdown-it'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readPages } from '../../playground/authoring/pages.ts'
import { problemText } from '../../playground/authoring/reporters.ts'
import { explain, runsOf, verifyPage } from '../../playground/authoring/verify.ts'
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
  const examples = fences.flatMap((fence, index) => {
    const next = fences[index + 1]
    return fence.language === 'md' ? [{ ...fence, says: next?.language === 'text' ? next.body : '' }] : []
  })

  /** All that `verify` would say of the page, with the page called example.md. */
  async function complaints(text: string, line: number): Promise<string> {
    const folder = path.join(base, `example-${line}`)
    await mkdir(folder)
    // Checks that a page does not show are worth a warning.
    const needed = scripts.filter(({ name }) => name !== 'checks.ts' || text.includes('::: check'))
    for (const { name, body } of needed) await writeFile(path.join(folder, name!), body)
    const page = path.join(folder, 'example.md')
    await writeFile(page, text)
    const { pages, mistakes, warnings } = await readPages([page])
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

test('the scripts of npm that CONTRIBUTING.md names are there', async () => {
  const { scripts } = JSON.parse(await readFile('package.json', 'utf8'))
  for (const [, name] of (await readFile('CONTRIBUTING.md', 'utf8')).matchAll(/npm run ([\w-]+)/g))
    expect(scripts).toHaveProperty(name!)
})

function verify(...args: string[]): Promise<{ status: number; out: string; error: string }> {
  return new Promise(resolve =>
    execFile(
      process.execPath,
      ['playground/start.mjs', './authoring/verify.ts', ...args],
      (error, out, complaint) => resolve({ status: error ? Number(error.code) : 0, out, error: complaint }),
    ),
  )
}
