import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { needsProgram, needsSandbox } from '../harness/needs.ts'
import { expectOneLine, useHome } from '../harness/running.ts'
import { runModule } from '../harness/verify.ts'

const root = join(import.meta.dirname, '../..')
const home = useHome()
const newLesson = (...args: string[]) => home.run(root, './authoring/new-lesson.ts', ...args)

test('what it writes is true in both languages, reads well, and has an outline', async context => {
  await needsSandbox(context)
  needsProgram(context, 'python3')
  const made = newLesson('--lessons', 'mine', '07-my-own')
  expect(await made.ended, made.text()).toBe(0)
  for (const command of [/npm run verify -- (\S+\.md)$/m, /npm run verify -- --watch (\S+\.md)$/m])
    expect(existsSync(join(home.folder, command.exec(made.text())![1]!))).toBe(true)
  const verified = home.run(root, './authoring/verify.ts', '--strict', '--lessons', 'mine')
  expect(await verified.ended, verified.text()).toBe(0)
  expect(verified.text()).toMatch(/07-my-own\.md \(ts\)/)
  expect(verified.text()).toMatch(/07-my-own\.md \(py\)/)
  expect(verified.text()).toMatch(/✓ .*one-listens/)
  // What it finds is on standard output; beside it the site's builder may say that the machine is slow.
  const proofread = await runModule('./authoring/proofread.ts', ['--lessons', join(home.folder, 'mine')])
  expect(proofread).toMatchObject({ status: 0, out: '' })
  const page = readFileSync(join(home.folder, 'mine/docs/lessons/07-my-own.md'), 'utf8')
  expect(page).toContain('# My own\n')
  expect(page).toContain('<!-- right -->')
  expect(page.match(/^## .+$/gm)!.length).toBeGreaterThan(2)
})

test('an editor finds this project from the folder, and the places that it prints', async () => {
  expect(await newLesson('--lessons', 'mine', '01-a').ended).toBe(0)
  const { tasks } = JSON.parse(readFileSync(join(home.folder, 'mine/.vscode/tasks.json'), 'utf8'))
  const [, project] = tasks[0].args as string[]
  expect(resolve(home.folder, 'mine', project!)).toBe(root)
  const pattern = new RegExp(tasks[0].problemMatcher.pattern.regexp)
  expect(pattern.exec('    docs/lessons/01-a.md:12: expected `a`, got `b`')!.slice(1)).toEqual([
    'docs/lessons/01-a.md',
    '12',
    'expected `a`, got `b`',
  ])
})

test('a second one beside it; nothing is overwritten', async () => {
  expect(await newLesson('--lessons', 'mine', '01-a').ended).toBe(0)
  writeFileSync(join(home.folder, 'mine/.vscode/tasks.json'), 'mine')
  writeFileSync(join(home.folder, 'mine/docs/course.yaml'), 'title: T\ndescription: D\n')
  const second = newLesson('--lessons', 'mine', '02-b')
  expect(await second.ended).toBe(0)
  expect(second.text()).toContain('It comes last until course.yaml gives 02-b a place.\n')
  expect(readFileSync(join(home.folder, 'mine/.vscode/tasks.json'), 'utf8')).toBe('mine')
  await expectOneLine(
    newLesson('--lessons', 'mine', '02-c'),
    /: 02-b\.md has the number 02 already; give another one/,
  )
  mkdirSync(join(home.folder, 'mine/lessons/03-c'))
  await expectOneLine(
    newLesson('--lessons', 'mine', '03-c'),
    /lessons\/03-c is there already; give another name/,
  )
  expect(existsSync(join(home.folder, 'mine/docs/lessons/03-c.md'))).toBe(false)
})

test.each([
  [[], /^new-lesson: a lesson needs a name; give two digits and words/],
  [['My Lesson'], /^new-lesson: My Lesson is no name of a lesson; give two digits and words/],
  [['../01-a'], /^new-lesson: \.\.\/01-a is no name of a lesson; /],
  [['01-a', '02-b'], /^new-lesson: 01-a 02-b is no name of a lesson; /],
  [['--into', 'x'], /^new-lesson: Unknown option '--into'; npm run new-lesson -- --help lists the options/],
  [['01-a'], /^new-lesson: 01-bind-conflict\.md has the number 01 already; give another one/],
])('%j', async (args, line) => {
  await expectOneLine(newLesson(...args), line)
})

test('among pages that share their scripts it stands beside them', async context => {
  await needsSandbox(context)
  needsProgram(context, 'python3')
  mkdirSync(join(home.folder, 'flat'))
  writeFileSync(
    join(home.folder, 'flat/01-a.md'),
    '---\ntitle: A\ndescription: A.\n---\n\n# A\n\n```console\n$ true\n```\n',
  )
  for (const slug of ['02-b', '03-c']) {
    const made = newLesson('--lessons', 'flat', slug)
    expect(await made.ended, made.text()).toBe(0)
  }
  expect(readFileSync(join(home.folder, 'flat/checks.ts'), 'utf8')).toMatch(
    /oneListens02: Check = [\s\S]+ oneListens03: import\('reuseport-playground\/checks'\)\.Check = /,
  )
  const verified = home.run(root, './authoring/verify.ts', '--strict', '--lessons', 'flat')
  expect(await verified.ended, verified.text()).toBe(0)
  expect(verified.text()).toMatch(/✓ .*one-listens-03/)
  await expectOneLine(
    newLesson('--lessons', 'flat', '02-d'),
    /02-b\.md has the number 02 already; give another one/,
  )
  writeFileSync(join(home.folder, 'flat/04-server.py'), '')
  await expectOneLine(
    newLesson('--lessons', 'flat', '04-d'),
    /flat\/04-server\.py is there already; give another name/,
  )
})
