import { mkdtemp, readFile, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, onTestFinished, test } from 'vitest'
import { createBacklogs } from '../../playground/machine/backlogs.ts'
import type { Listener } from '../../playground/protocol.ts'
import { setSlowness } from '../../playground/sandbox/patience.ts'

let base: string
beforeEach(async () => {
  base = await mkdtemp(path.join(os.tmpdir(), 'playground-test-'))
})
afterEach(() => rm(base, { recursive: true, force: true }))

const listener = { inode: 7, queue: 0 } as Listener
const LINE = 'LISTEN 0      511        127.0.0.1:8080      0.0.0.0:*    ino:7 sk:1 <->'

/** Backlogs as an `ss` that is this program for a shell would have them, and how often it was asked. */
function asIf(program: string) {
  const asked = path.join(base, 'asked')
  const beside = () => ['/bin/sh', '-c', `echo >> "$1"; ${program}`, 'ss', asked]
  return { ...createBacklogs({ beside }), times: async () => (await readFile(asked, 'utf8')).length }
}

test.each([2, 40])('%i MiB of listeners are asked for once', async size => {
  // What does not come in time is another matter.
  setSlowness(60)
  onTestFinished(() => setSlowness(1))
  const { fill, times } = asIf(`echo '${LINE}'; yes '${LINE.replaceAll('7', '8')}' | head -c ${size}M`)
  expect(await fill([listener])).toMatchObject([{ backlog: 511 }])
  expect(await fill([listener])).toMatchObject([{ backlog: 511 }])
  expect(await times()).toBe(1)
})

test('an answer that does not come in time is not asked for at each reading', async () => {
  const { fill, times } = asIf('exec sleep 60')
  expect(await fill([listener])).toMatchObject([{ backlog: undefined }])
  await fill([listener])
  await fill([listener])
  expect(await times()).toBe(1)
})
