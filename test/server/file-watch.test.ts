import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createFileWatch, type FileWatch } from '../../playground/server/file-watch.ts'

let folder: string
let file: string
let watch: FileWatch
let seen: number
let wake: () => void

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'watch-test-'))
  file = join(folder, 'a')
  writeFileSync(file, 'one')
  seen = 0
  watch = createFileWatch(() => {
    seen += 1
    wake()
  })
  watch.follow([file])
})

afterEach(() => {
  watch.close()
  rmSync(folder, { recursive: true })
})

/** Makes a change; resolves when it has been seen. */
function after(change: () => void): Promise<void> {
  return new Promise(resolve => {
    wake = resolve
    change()
  })
}

test('each change is seen, also at once after the last, by replacement and by removal', async () => {
  // Of other lengths: a kernel before 6.13 has the same time for what is written within one tick of its clock.
  for (const text of ['four', 'eleven', 'seven']) await after(() => writeFileSync(file, text))
  await after(() => {
    writeFileSync(join(folder, 'b'), 'new')
    renameSync(join(folder, 'b'), file)
  })
  await after(() => rmSync(file))
  await after(() => writeFileSync(file, 'back'))
})

test('what changed before a file is followed anew is not lost; other files do not count', async () => {
  const other = join(folder, 'other')
  writeFileSync(other, 'one')
  await after(() => {
    writeFileSync(file, 'two and more')
    watch.follow([file, other])
  })
  watch.follow([other])
  seen = 0
  await after(() => {
    writeFileSync(file, 'three, unseen')
    writeFileSync(other, 'three')
  })
  expect(seen).toBe(1)
})
