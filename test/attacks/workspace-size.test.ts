/** A workspace lies on the host's disk: what a program makes of it has an end, in size, in number and in depth. */
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readdirSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { CLOSE } from '../../playground/protocol.ts'
import { excessOf, WORKSPACE_ROOM, whenTooMuch } from '../../playground/workbench/workspace-size.ts'
import { openStage, type Stage } from '../harness/client.ts'
import { needsProgram, needsSandbox } from '../harness/needs.ts'

const run = promisify(execFile)
const MIB = 1024 * 1024
const ROOM = { bytes: 8 * MIB, names: 300, free: 0 }
let base: string
let folder: string
let stage: Stage | undefined
const programs: ChildProcess[] = []
const watching: AbortController[] = []

beforeEach(() => {
  base = mkdtempSync(path.join(os.tmpdir(), 'playground-test-'))
  folder = path.join(base, '01-test')
  mkdirSync(folder)
})
afterEach(async () => {
  for (const each of watching.splice(0)) each.abort()
  for (const program of programs.splice(0)) {
    program.kill('SIGKILL')
    if (program.exitCode === null && program.signalCode === null) await once(program, 'exit')
  }
  await stage?.close()
  stage = undefined
  await run('sh', ['-c', 'chmod -Rf u+rwX "$1"; rm -rf "$1"', 'sh', base])
})

function watch(room = ROOM): Promise<string | undefined> {
  const signal = new AbortController()
  watching.push(signal)
  return whenTooMuch(folder, signal.signal, room)
}

/** A program of the learner's, in the workspace. */
function start(source: string): ChildProcess {
  // It goes on when it is done: what has ended by itself shows nothing.
  const program = spawn(process.execPath, ['-e', `${source}; setTimeout(() => {}, 1e9)`], {
    cwd: folder,
    stdio: 'ignore',
  })
  programs.push(program)
  return program
}

const ATTACKS: Record<string, [source: string, excess: string]> = {
  'bytes in one file': [
    `const f = fs.openSync('f', 'w'); for (;;) fs.writeSync(f, Buffer.alloc(65536))`,
    '8 MiB',
  ],
  'bytes in many files': [
    `for (let i = 0; ; i++) fs.writeFileSync('f' + i % 200, Buffer.alloc(65536))`,
    '8 MiB',
  ],
  'a folder that nobody may enter': [
    `fs.mkdirSync('d'); fs.writeFileSync('d/f', Buffer.alloc(16 * 2 ** 20)); fs.chmodSync('d', 0)`,
    '8 MiB',
  ],
  'empty files': [`for (let i = 0; i < 3000; i++) fs.writeFileSync('f' + i, '')`, '300 files'],
  folders: [`for (let i = 0; i < 3000; i++) fs.mkdirSync('d' + i)`, '300 files'],
  links: [`for (let i = 0; i < 3000; i++) fs.symlinkSync('/', 'l' + i)`, '300 files'],
  'names of one file': [
    `fs.writeFileSync('f', ''); for (let i = 0; i < 3000; i++) fs.linkSync('f', 'f' + i)`,
    '300 files',
  ],
  'folders in folders': [
    `for (let i = 0; i < 200; i++) { fs.mkdirSync('d'); process.chdir('d') }`,
    '32 folders in each other',
  ],
}

test.each(Object.entries(ATTACKS))(
  '%s: it is noticed while the program goes on',
  async (_, [source, excess]) => {
    expect(await excessOf(folder, ROOM)).toBeUndefined()
    const noticed = watch()
    start(`const fs = require('fs'); ${source}`)
    expect(await noticed).toContain(excess)
  },
)

test('removed files that are still open: the disk tells', async () => {
  // Whatever else fills this disk meanwhile, it is nearly full by this measure.
  const noticed = watch({ ...ROOM, free: Number.POSITIVE_INFINITY })
  start(`const fs = require('fs')
    const kept = []
    for (let i = 0; i < 16; i++) {
      kept.push(fs.openSync('f', 'w'))
      fs.unlinkSync('f')
      fs.writeSync(kept[i], Buffer.alloc(2 ** 20))
    }`)
  expect(await noticed).toContain('The disk is nearly full')
})

test('what takes no room is not counted, and swaps lead nowhere else', async () => {
  writeFileSync(path.join(base, 'outside'), Buffer.alloc(16 * MIB))
  await run('truncate', ['-s', '1G', path.join(folder, 'sparse')])
  await run('ln', ['-s', '..', path.join(folder, 'link')])
  expect(await excessOf(folder, ROOM)).toBeUndefined()
})

describe('in a lesson', () => {
  test('its sandbox ends, the page is told why, and starting over brings it back', async context => {
    await needsSandbox(context)
    needsProgram(context, 'python3')
    stage = await openStage()
    const page = await stage.join('01-one')
    const many = `import os\nfor i in range(${2 * WORKSPACE_ROOM.names}): os.close(os.open(f"f{i}", os.O_CREAT))\n`
    page.type(`python3 -c 'exec(${JSON.stringify(many)})'\r`)
    const reason = `The workspace holds more than ${WORKSPACE_ROOM.names} files and folders: start over.`
    expect(await page.closed).toEqual({ code: CLOSE.failed, reason })
    // Until its sandbox has ended it is the one of before.
    const again = () =>
      stage!.join('01-one').then(
        () => 'opened',
        error => error.message,
      )
    await expect.poll(again).toBe(reason)
    expect((await stage.fetch('/api/reset/01-one', 'POST')).status).toBe(204)
    await (await stage.join('01-one')).answers()
    const own = path.join(stage.state, 'workspaces/seat-0')
    await expect
      .poll(() => readdirSync(own).sort())
      .toEqual(['01-one', '01-one.shipped.json', 'node_modules', 'package.json'])
  })
})
