import { join } from 'node:path'
import { expect, test } from 'vitest'
import { needsProgram, needsSandbox } from './harness/needs.ts'
import { useHome } from './harness/running.ts'

const root = join(import.meta.dirname, '..')
const home = useHome()

test('a new lesson passes all that is proven of a folder, clicked in both languages', async context => {
  needsProgram(context, 'chromium', 'python3')
  await needsSandbox(context)
  const { ended } = home.run(root, './authoring/new-lesson.ts', '--lessons', 'mine', '01-hello')
  expect(await ended).toBe(0)
  const tests = home.run(root, './../test/test.ts', '--lessons', 'mine', '--reporter', 'verbose')
  expect(await tests.ended, tests.text()).toBe(0)
  expect(tests.text()).toMatch(/✓ .*01-hello\.md \(ts\) > clicked in Chromium/)
  expect(tests.text()).toMatch(/✓ .*01-hello\.md \(py\) > clicked in Chromium/)
  expect(tests.text()).not.toMatch(/skipped/)
})
