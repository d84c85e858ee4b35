import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  watch,
  writeFileSync,
} from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { ShippedFile } from '../../playground/workbench/shipped-files.ts'
import { isKept, resetWorkspace, restoreWorkspace } from '../../playground/workbench/starting-over.ts'
import { openWorkspace } from '../../playground/workbench/workspace.ts'

let base: string
let workspace: string
let files: ShippedFile[]

beforeEach(async () => {
  base = mkdtempSync(path.join(os.tmpdir(), 'playground-kept-'))
  writeFileSync(path.join(base, 'server.ts'), 'shipped')
  files = [{ file: 'server.ts', from: path.join(base, 'server.ts'), mode: 0o644 }]
  workspace = path.join(base, 'workspaces/01-test')
  await openWorkspace(files, workspace)
})
afterEach(() => rmSync(base, { recursive: true, force: true }))

const inside = (name: string) => path.join(workspace, name)
const read = (name: string) => readFileSync(inside(name), 'utf8')

test('starting over can be undone, and that, too', async () => {
  writeFileSync(inside('server.ts'), 'edited')
  mkdirSync(inside('own'))
  writeFileSync(inside('own/notes'), 'mine')
  expect(await isKept(workspace)).toBe(false)
  await resetWorkspace(files, workspace)
  expect([read('server.ts'), readdirSync(workspace)]).toEqual(['shipped', ['server.ts']])
  await restoreWorkspace(files, workspace)
  expect([read('server.ts'), read('own/notes')]).toEqual(['edited', 'mine'])
  await restoreWorkspace(files, workspace)
  expect([read('server.ts'), readdirSync(workspace)]).toEqual(['shipped', ['server.ts']])
})

test('one copy is kept: the last', async () => {
  for (const text of ['first', 'second']) {
    writeFileSync(inside('server.ts'), text)
    await resetWorkspace(files, workspace)
  }
  expect(readdirSync(path.dirname(workspace)).filter(name => name.endsWith('.kept'))).toEqual([
    '01-test.kept',
  ])
  await restoreWorkspace(files, workspace)
  expect(read('server.ts')).toBe('second')
})

test('what there is now never lies where a removal that is under way would find it', async () => {
  writeFileSync(inside('server.ts'), 'edited')
  await resetWorkspace(files, workspace)
  const names = new Set<string>()
  const watcher = watch(path.dirname(workspace), (_, name) => names.add(name!))
  try {
    await restoreWorkspace(files, workspace)
    // The kernel tells in order: with this one all others have come.
    writeFileSync(`${workspace}.last`, '')
    await expect.poll(() => names).toContain('01-test.last')
  } finally {
    watcher.close()
  }
  expect(names).toContain('01-test.kept')
  expect([...names].filter(name => name.includes('.aside-'))).toEqual([])
})

test.each<[string, () => void]>([
  ['a link', () => symlinkSync('/', inside('link'))],
  ['many files', () => Array.from({ length: 300 }, (_, n) => writeFileSync(inside(`file-${n}`), ''))],
  ['a large file', () => writeFileSync(inside('large'), Buffer.alloc(9 * 1024 * 1024))],
  ['a deep tree', () => mkdirSync(inside('d/'.repeat(20)), { recursive: true })],
])('what is more than scripts is not kept: %s', async (_, make) => {
  make()
  await resetWorkspace(files, workspace)
  expect(await isKept(workspace)).toBe(false)
  expect(readdirSync(workspace)).toEqual(['server.ts'])
})
