/** A lesson as PDF: made by the command, read by another program. */
import { execFile } from 'node:child_process'
import { appendFile, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { needsProgram, needsSandbox } from '../harness/needs.ts'
import { runModule } from '../harness/verify.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'handout-test-'))
})
afterEach(() => rm(folder, { recursive: true }))

const handout = (...args: string[]) => runModule('./authoring/handout.ts', args)

const CHALLENGE = `
:::: challenge other-port
Let another server listen on 8081.

::: solution in a copy
\`\`\`console pane=other running
$ sed s/8080/8081/g server.ts > mine.ts && node mine.ts
worker <b:pid> is listening on 8081
\`\`\`
:::
::::
`
const CHECK = `
export const otherPort: Check = ({ listeners }) =>
  listeners.some(({ port }) => port === 8081) || 'Nobody is there.'
`

async function textOf(file: string): Promise<string> {
  const { stdout } = await promisify(execFile)('pdftotext', ['-layout', file, '-'])
  return stdout
}

test('a lesson of a folder elsewhere: what a run has printed, and what answers the question at the end', {
  timeout: 600_000,
}, async context => {
  needsProgram(context, 'chromium', 'pdftotext')
  await needsSandbox(context)
  const course = path.join(folder, 'course')
  expect((await runModule('./authoring/new-lesson.ts', ['--lessons', course, '01-mine'])).status).toBe(0)
  await appendFile(path.join(course, 'docs/lessons/01-mine.md'), CHALLENGE)
  await appendFile(path.join(course, 'lessons/01-mine/checks.ts'), CHECK)
  const made = await handout('--lessons', course, '--out', path.join(folder, 'paper'), '01-mine')
  expect(made.status, made.error).toBe(0)
  const file = path.join(folder, 'paper/01-mine.pdf')
  expect(made.out).toBe(`${file}\n`)
  const text = await textOf(file)
  const [lesson, answers] = text.split(/^\f?Answers$/m) as [string, string]
  const [, pid] = /worker (\d+)\D* is listening on 8080/.exec(lesson)!
  expect(lesson).toContain('Question 1: predict')
  expect(lesson).toMatch(/\$ cat < \/dev\/tcp\/127\.0\.0\.1\/8080\n\s*→ answer 1/)
  expect(lesson).not.toMatch(/hello from \d|Say here why|Only HTTP waits|Run next|Start over/)
  expect(answers).toContain("The kernel: The number of the server's process.")
  expect(answers).toMatch(/Nothing, until it has sent a request\. — Only HTTP waits for one:/)
  expect(answers).toContain(`hello from ${pid}`)
  expect(answers).toContain('Say here why that is so')
  // What a challenge says of the reader's machine is nothing on paper.
  expect(lesson).toContain('Let another server listen on 8081.')
  expect(text).not.toMatch(/workspace|Nobody is there|only the kernel is asked/)
  expect(answers).toMatch(/The challenge “other port”\s+Solution: in a copy\s+.*other/)
})

test('a page that is not true is no handout', { timeout: 600_000 }, async context => {
  needsProgram(context, 'chromium')
  await needsSandbox(context)
  const page = '---\ntitle: A\ndescription: A.\n---\n\n# A\n\n```console\n$ echo 1\n2\n```\n'
  await mkdir(path.join(folder, 'course'))
  await writeFile(path.join(folder, 'course/01-a.md'), page)
  const made = await handout('--lessons', path.join(folder, 'course'), '--out', folder)
  expect(made.status).toBe(1)
  expect(made.error).toMatch(/^handout: 01-a: not as expected: echo 1; npm run verify says more\n$/)
})

test('without Chromium it is one line', async () => {
  await symlink(process.execPath, path.join(folder, 'node'))
  const { status, error } = await runModule('./authoring/handout.ts', ['01-bind-conflict'], { PATH: folder })
  expect(status).toBe(2)
  expect(error).toBe(
    'handout: there is no Chromium here, which makes the PDF; sudo apt-get install chromium\n',
  )
})

test.each([
  [['99-none'], /^handout: 99-none is no lesson of ours; give one of 01-bind-conflict, .*\n$/],
  [['--lang', 'js'], /^handout: --lang takes ts or py, not js\n$/],
  [['--pages', 'x'], /^handout: Unknown option '--pages'; npm run handout -- --help lists the options\n$/],
])('%j is one line', async (args, line) => {
  const { status, error } = await handout(...args)
  expect(status).toBe(2)
  expect(error).toMatch(line)
})
