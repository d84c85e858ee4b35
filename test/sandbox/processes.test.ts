import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, open, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { spawn } from 'node-pty'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { isBusy, runsNothing } from '../../playground/sandbox/processes.ts'

const run = promisify(execFile)
/** A folder that plays `/proc`. */
let proc: string
beforeEach(async () => {
  proc = await mkdtemp(path.join(os.tmpdir(), 'playground-test-'))
})
afterEach(() => rm(proc, { recursive: true }))

const statOf = (pid: number, parent: number, state: string) => `${pid} (name) ${state} ${parent} ${pid}`

async function add(pid: number, parent: number, state: string): Promise<void> {
  const thread = path.join(proc, `${pid}/task/${pid}`)
  await mkdir(thread, { recursive: true })
  await writeFile(path.join(thread, 'stat'), statOf(pid, parent, state))
  await writeFile(path.join(proc, `${pid}/stat`), statOf(pid, parent, state))
}

test('a shell is busy while it or what it has started runs or waits for the disk', async () => {
  await add(10, 1, 'S')
  await add(20, 1, 'R')
  expect(await isBusy(proc, 10)).toBe(false)
  // The pid may be the smaller one: they come round again.
  await add(9, 10, 'S')
  expect(await isBusy(proc, 10)).toBe(false)
  await add(8, 9, 'D')
  expect(await isBusy(proc, 10)).toBe(true)
})

test('nothing is busy in a sandbox that has ended', async () => {
  expect(await isBusy(path.join(proc, 'gone'), 10)).toBe(false)
})

test('a program that is started between the list and the look is not overlooked', async () => {
  await add(10, 1, 'S')
  // Whoever looks waits here until it is said what there is to see.
  const pipe = path.join(proc, '10/task/10/stat')
  await rm(pipe)
  await run('mkfifo', [pipe])
  const busy = isBusy(proc, 10)
  const writer = await open(pipe, 'w')
  await add(11, 10, 'R')
  await writer.writeFile(statOf(10, 1, 'S'))
  await writer.close()
  expect(await busy).toBe(true)
})

test('a shell runs nothing at its prompt, while it reads by itself, and when it has ended', async () => {
  const shell = spawn('bash', ['--norc', '--noprofile'], { env: { PATH: process.env.PATH, PS1: '' } })
  const here = () => runsNothing('/proc', shell.pid)
  const ended = new Promise(resolve => shell.onExit(resolve))
  let printed = ''
  shell.onData(text => {
    printed += text
  })
  await expect.poll(here).toBe(true)
  shell.write('sleep 600 &\n')
  shell.write('bash -c "echo up-$((1 + 1)); exec sleep 600"\n')
  await expect.poll(() => printed).toContain('up-2')
  expect(await here()).toBe(false)
  // A program that has printed has the terminal: Ctrl-C is for it.
  shell.write('\x03')
  await expect.poll(here).toBe(true)
  shell.write('kill %1; read -r line; exec sleep 0\n')
  shell.write('go on\n')
  await ended
  expect(await here()).toBe(true)
})
