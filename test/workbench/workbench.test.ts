/** A workbench needs no page: files, panes and what the kernel says of them are enough. */
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, type TestContext, test } from 'vitest'
import { CLOSE, MAX_PANES, type Machine, type MachineMessage } from '../../playground/protocol.ts'
import type { Setup } from '../../playground/workbench/seat.ts'
import type { ShippedFile } from '../../playground/workbench/shipped-files.ts'
import { createWorkbench, type Workbench } from '../../playground/workbench/workbench.ts'
import { openSocket, openStage, type Stage } from '../harness/client.ts'
import { needsProgram, needsSandbox } from '../harness/needs.ts'

const SERVER = "require('net').createServer().listen(8080, '127.0.0.1', () => console.log('is', 'up'))\n"

let base: string
let files: ShippedFile[]
let stage: Stage | undefined

beforeEach(async () => {
  base = await mkdtemp(path.join(os.tmpdir(), 'playground-test-'))
  const from = path.join(base, 'original')
  await writeFile(from, SERVER)
  files = [{ file: 'models/own.cjs', from, mode: 0o644 }]
})
afterEach(async () => {
  await stage?.close()
  stage = undefined
  await rm(base, { recursive: true, force: true })
})

/** A server whose only setup is called `scene`. */
async function open(
  context: TestContext,
  more: Partial<Setup> = {},
  requires: string[] = [],
): Promise<Stage> {
  await needsSandbox(context)
  const setup: Setup = {
    files: async () => files,
    open: place => createWorkbench({ files, requires, ...place }),
    ...more,
  }
  stage = await openStage({ find: async name => (name === 'scene' ? setup : undefined) })
  return stage
}

/** The latest machine that is sent to a page. */
function watch({ port }: Stage): () => Machine | undefined {
  const socket = openSocket(port, '/api/machine/scene')
  let latest: Machine | undefined
  socket.on('message', data => {
    const message: MachineMessage = JSON.parse(String(data))
    if (message.type === 'machine') latest = message.machine
  })
  return () => latest
}

test('its files run in panes of any name, and the machine shows what they do', async context => {
  needsProgram(context, 'ss')
  const { join } = await open(context)
  const page = await join('scene', 'worker-7')
  const machine = watch(stage!)
  page.type('node models/own.cjs\r')
  await page.until(() => page.text.includes('is up'))
  const other = await join('scene', 'anything')
  await other.answers()
  await expect.poll(() => machine()?.listeners.map(({ port }) => port)).toEqual([8080])
  page.send({ type: 'run', fence: '0123456789', command: 0 })
  await page.until(() => page.messages.some(message => message.type === 'refused' && message.why === 'stale'))
})

test('starting over gives back what it was given', async context => {
  const { join, fetch, state } = await open(context)
  const page = await join('scene')
  page.type('echo mine > models/own.cjs\r')
  await page.answers()
  const copy = path.join(state, 'workspaces/seat-0/scene/models/own.cjs')
  expect(await readFile(copy, 'utf8')).toBe('mine\n')
  expect((await fetch('/api/reset/scene', 'POST')).status).toBe(204)
  expect((await page.closed).code).toBe(CLOSE.reset)
  expect(await readFile(copy, 'utf8')).toBe(SERVER)
})

test('panes that it names are all that it has', async context => {
  const { join } = await open(context, { panes: ['client'] })
  await (await join('scene', 'client')).answers()
  await expect(join('scene', 'other')).rejects.toThrow('404')
  await expect(join('lesson')).rejects.toThrow('404')
})

test(`there are ${MAX_PANES} panes at the most`, async context => {
  const { join } = await open(context)
  await Promise.all(Array.from({ length: MAX_PANES }, (_, pane) => join('scene', `pane-${pane}`)))
  await expect(join('scene', 'one-more')).rejects.toThrow(`${MAX_PANES} terminals already`)
})

test('a pane that is closed ends its shell and its program, and makes room for another', async context => {
  let workbench: Workbench
  const { join } = await open(context, {
    open: async place => {
      workbench = await createWorkbench({ files, ...place })
      return workbench
    },
  })
  const pages = await Promise.all(
    Array.from({ length: MAX_PANES }, (_, pane) => join('scene', `pane-${pane}`)),
  )
  const [page] = pages
  page!.type('exec -a closed-with-it sleep 1000\r')
  const titles = async () =>
    readdirSync(workbench.sandbox.proc)
      .filter(pid => /^\d+$/.test(pid))
      .flatMap(pid => {
        try {
          return readFileSync(path.join(workbench.sandbox.proc, pid, 'cmdline'), 'utf8').split('\0')[0]!
        } catch {
          return []
        }
      })
  await expect.poll(titles).toContain('closed-with-it')
  workbench!.closePane('pane-0')
  expect((await page!.closed).code).toBe(CLOSE.failed)
  await expect.poll(titles).not.toContain('closed-with-it')
  await (await join('scene', 'one-more')).answers()
  await (await join('scene', 'pane-1')).answers()
})

test('what this machine lacks is said instead', async context => {
  const { join, port } = await open(context, {}, ['linux-99.0'])
  await expect(join('scene')).rejects.toThrow(/^scene needs Linux 99\.0 or newer; this is /)
  const socket = openSocket(port, '/api/machine/scene')
  const [code, reason] = await once(socket, 'close')
  expect(code).toBe(CLOSE.failed)
  expect(String(reason)).toMatch(/^scene needs /)
})
