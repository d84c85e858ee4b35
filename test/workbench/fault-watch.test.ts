import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { FileFault } from '../../playground/protocol.ts'
import type { Pane, PaneEvent } from '../../playground/terminal/pane.ts'
import { createFaultWatch } from '../../playground/workbench/fault-watch.ts'

let base: string
let folder: string
let told: FileFault[][]
let hear: (event: PaneEvent) => void
beforeEach(() => {
  base = mkdtempSync(path.join(os.tmpdir(), 'playground-test-'))
  folder = path.join(base, 'workspaces', '02-x')
  mkdirSync(folder, { recursive: true })
  told = []
  const watch = createFaultWatch({ folder, inside: '/home/learner/02-x', tell: all => void told.push(all) })
  watch.follow({
    listen(listener: typeof hear) {
      hear = listener
      return () => true
    },
  } as unknown as Pane)
})
afterEach(() => rmSync(base, { recursive: true }))

function run(command: string, printed: string, status: number): void {
  hear({ kind: 'command', text: command })
  hear({ kind: 'start' })
  // In pieces, as it comes.
  for (let at = 0; at < printed.length; at += 7)
    hear({ kind: 'output', bytes: Buffer.from(printed.slice(at, at + 7)) })
  hear({ kind: 'end', status })
}

const trace = (file: string) => `  File "/home/learner/02-x/${file}", line 2\r\nSyntaxError: x\r\n`
const latest = () => told.at(-1)?.map(({ path, line, message }) => `${path}:${line}: ${message}`)

test('what fails is told with its version, until it runs well; what else runs is no matter', async () => {
  writeFileSync(path.join(folder, 'a.py'), 'one')
  run('python3 a.py', trace('a.py'), 1)
  await expect.poll(latest).toEqual(['a.py:2: SyntaxError: x'])
  const [[first]] = told as [[FileFault]]
  writeFileSync(path.join(folder, 'a.py'), 'two')
  run('python3 a.py 2>&1', `\x1b[1;35m${trace('a.py')}\x1b[0m`, 1)
  await expect.poll(() => told.length).toBe(2)
  expect(told[1]![0]!.version).not.toBe(first.version)
  run('python3 b.py', 'fine', 0)
  hear({ kind: 'end', status: 0 })
  expect(told).toHaveLength(2)
  run('timeout 5 python3 ./a.py', 'fine', 0)
  expect(latest()).toEqual([])
})

test('a program can name any file: only those of the workspace are told, and so many', async () => {
  writeFileSync(path.join(base, 'secret'), 'secret')
  symlinkSync(path.join(base, 'secret'), path.join(folder, 'link'))
  for (const file of ['link', 'missing', '../secret', '/etc/passwd']) run('x', trace(file), 1)
  for (let i = 0; i < 60; i++) {
    writeFileSync(path.join(folder, `${i}.py`), '')
    run('x', trace(`${i}.py`), 1)
  }
  await expect.poll(() => told.length).toBe(60)
  expect(told.at(-1)).toHaveLength(50)
  expect(told.flat().filter(({ path }) => !/^\d+\.py$/.test(path))).toEqual([])
})
