import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { needsSandbox } from './needs.ts'

let base: string
beforeAll(async () => {
  base = await mkdtemp(path.join(os.tmpdir(), 'playground-test-'))
  await writeFile(
    path.join(base, 'server.ts'),
    "// #region greet\nconsole.log('hello')\n// #endregion greet\n",
  )
})
afterAll(() => rm(base, { recursive: true, force: true }))

let pages = 0
async function writePage(text: string): Promise<string> {
  const page = path.join(base, `page-${pages++}.md`)
  await writeFile(page, text)
  return page
}

/** The command as npm runs it. */
function verify(...args: string[]): Promise<{ status: number; out: string; error: string }> {
  return new Promise(resolve =>
    execFile(
      process.execPath,
      ['playground/start.mjs', './verify.ts', ...args],
      { env: { ...process.env, NO_COLOR: '1' } },
      (error, out, complaint) => resolve({ status: error ? Number(error.code) : 0, out, error: complaint }),
    ),
  )
}

const fence = (body: string, words = '') => `# Page\n\n\`\`\`console ${words}\n${body}\n\`\`\`\n`

test('a page anywhere on disk, with the scripts beside it', async context => {
  await needsSandbox(context)
  const page = await writePage(`<<< ./server.ts#greet\n\n${fence('$ node server.ts\nhello')}`)
  expect(await verify(page)).toMatchObject({
    status: 0,
    error: '',
    out: expect.stringMatching(/✓ +5 .*node server\.ts\n1 passed, 0 failed, 0 skipped\n$/),
  })
})

test('what is not true: file, line, and both sides', async context => {
  await needsSandbox(context)
  const page = await writePage(fence('$ node server.ts\ngoodbye'))
  const { status, out } = await verify(page)
  expect(status).toBe(1)
  expect(out).toContain(`${page}:5: `)
  expect(out).toMatch(/expected +│ +printed\n +! goodbye +│ ! hello\n/)
  expect(out).toMatch(/0 passed, 1 failed, 0 skipped\n$/)
})

test('what cannot be run here is skipped, which is no failure', async context => {
  await needsSandbox(context)
  const { status, out } = await verify(
    await writePage(fence('$ no-such-program', 'requires=no-such-program')),
  )
  expect(status).toBe(0)
  expect(out).toContain(
    'skipped: needs no-such-program; install it with: sudo apt-get install no-such-program',
  )
})

describe('unusable input: one line that says which thing and what to do, and status 2', () => {
  test.each<[string, () => Promise<string[]> | string[], RegExp]>([
    ['an unknown option', () => ['--fast'], /^verify: .*--fast.*\n$/],
    [
      'a file that is not there',
      () => [path.join(base, 'none.md')],
      /none\.md: there is no such file; give the path of a Markdown page\n$/,
    ],
    ['a folder', () => [base], /: this is not a file; give the path of a Markdown page\n$/],
    [
      'a mistake in a fence',
      async () => [await writePage(fence('$ true', 'pain=one'))],
      /^.*page-\d+\.md:3: .*pain.*; .+\n$/,
    ],
    [
      'an unclosed fence',
      async () => [await writePage('# Page\n\n```console\n$ true\n')],
      /^.*:3: .+; .+\n$/,
    ],
    [
      'a snippet that is not there',
      async () => [await writePage(`# Page\n\n<<< ./none.ts\n\n${fence('$ true')}`)],
      /:3: there is no file \.\/none\.ts; .+\n$/,
    ],
    [
      'a region that is not there',
      async () => [await writePage(`# Page\n\n<<< ./server.ts#none\n\n${fence('$ true')}`)],
      /:3: \.\/server\.ts has no region none; .+\n$/,
    ],
  ])('%s', async (_, args, line) => {
    const { status, out, error } = await verify(...(await args()))
    expect(error).toMatch(line)
    expect(error.split('\n')).toHaveLength(2)
    expect([status, out]).toEqual([2, ''])
  })
})
