/** `npm test -- --lessons DIR`: what the tests prove of somebody else's folder. Of one that is clicked: test.more.ts. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { needsSandbox } from './harness/needs.ts'
import { expectOneLine, useHome } from './harness/running.ts'

const root = join(import.meta.dirname, '..')
const home = useHome()
const run = (...args: string[]) => home.run(root, './../test/test.ts', ...args)

test('what is not true fails, and the failure is what verify and proofread say of it', async context => {
  await needsSandbox(context)
  mkdirSync(join(home.folder, 'mine'))
  writeFileSync(
    join(home.folder, 'mine/01-a.md'),
    '---\ntitle: A\ndescription: A.\n---\n\nIt takes 7 ms.\n\n```console\n$ echo 1\n2\n```\n\n[x](./none.md)\n',
  )
  const { ended, text } = run('--lessons', 'mine', '-t', '^(verify|proofread)')
  expect(await ended, text()).toBe(1)
  expect(text()).toMatch(/FAIL .* verify: every command/)
  expect(text()).toMatch(/\/mine\/01-a\.md:10: expected `2`, got `1`\n/)
  expect(text()).toMatch(/FAIL .* proofread: /)
  expect(text()).toMatch(/\/mine\/01-a\.md:6: .*7/)
  expect(text()).toMatch(/\/mine\/01-a\.md:13: the link `\.\/none\.md` leads nowhere; /)
  // None of ours.
  expect(text()).toMatch(/Test Files +1 failed \(1\)/)
})

test('a folder that is none is one line', async () => {
  const none = /^test: \S+\/none: there is no such folder; give one with lessons in it\n$/
  await expectOneLine(run('--lessons', 'none'), none)
  await expectOneLine(run('--lessons=none', '-t', 'x'), none)
  await expectOneLine(
    run('--lessons'),
    /^test: --lessons needs a folder of lessons: npm test -- --lessons \.\.\/my-course\n$/,
  )
})
