/** Types in somebody's `checks.ts`: what Node would strip is looked at. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { typeProblems } from '../../playground/authoring/check-types.ts'
import { verify } from '../harness/verify.ts'

let folder: string
let file: string
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'check-types-'))
  file = path.join(folder, 'checks.ts')
})
afterAll(() => rm(folder, { recursive: true }))

const HEAD = "import type { Check } from 'reuseport-playground/checks'\n"

test.each([
  [
    'a field that no machine has',
    'export const a: Check = ({ listenrs }) => listenrs.length > 0 || "none"\n',
    /^Property `listenrs` does not exist on type `Machine`$/,
  ],
  [
    'a check that says nothing',
    'export const a: Check = ({ listeners }) => { listeners.length > 0 }\n',
    /^Type `\(\{ listeners \}: Machine\) => void` is not assignable to type `Check`: Type `void` is not/,
  ],
  [
    'a check of numbers',
    'export const a: Check = ({ listeners }) => listeners.length\n',
    /^Type `number` is not assignable to type `string \| true \| \{ broken: string; \}`$/,
  ],
])('%s', async (_, text, what) => {
  await writeFile(file, HEAD + text)
  const [problem, ...more] = await typeProblems([file])
  expect(more).toEqual([])
  expect(problem).toMatchObject({ file, line: 2, what: expect.stringMatching(what) })
})

test('a mistyped name of ours is no module that only its author has', async () => {
  await writeFile(
    file,
    "import type { Check } from 'reuseport-playground/check'\n\nexport const a: Check = () => true\n",
  )
  expect(await typeProblems([file])).toEqual([
    {
      file,
      line: 1,
      what: "there is no module 'reuseport-playground/check'",
      todo: "write 'reuseport-playground/checks'",
    },
  ])
})

test('what Node brings is known, what only its author has installed is not asked for, and nothing need be typed', async () => {
  const text = "import { statSync } from 'node:fs'\nimport x from 'nowhere'\n"
  const check =
    'export function a({ listeners }) { console.log(x, statSync); return listeners.length > 0 || "" }\n'
  await writeFile(file, text + check)
  expect(await typeProblems([file])).toEqual([])
})

test('it is told before anything runs, with its line', async () => {
  await writeFile(file, `${HEAD}export const a: Check = ({ ports }) => ports > 0 || 'none'\n`)
  const page = path.join(folder, 'page.md')
  await writeFile(page, '# A\n\n::: check a\nIt is.\n:::\n\n```console\n$ true\n```\n')
  const { status, error, out } = await verify(page)
  expect(status).toBe(2)
  expect(error + out).toContain(
    `${file}:2: Property \`ports\` does not exist on type \`Machine\`; correct it; `,
  )
})
