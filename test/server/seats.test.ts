/** Many seats at one server: each has what is its own, and takes nothing from the others. */
import { once } from 'node:events'
import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { afterEach, expect, test } from 'vitest'
import type { WebSocket } from 'ws'
import { CLOSE, type Machine, type MachineMessage } from '../../playground/protocol.ts'
import { MAX_SEAT_SOCKETS } from '../../playground/server/upgrades.ts'
import { openSocket, openStage, type Stage } from '../harness/client.ts'
import { createFakeSeat, type FakeSeat, type Front, raw, request, startFront } from '../harness/front.ts'
import { needsProgram, needsSandbox } from '../harness/needs.ts'

const LESSON = '01-one'
const SERVER = "require('net').createServer().listen(8080, '127.0.0.1', () => console.log('is', 'up'))"

let stage: Stage | undefined
let front: Front | undefined
let seats: Map<string, FakeSeat>
const sockets: WebSocket[] = []

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.terminate()
  await stage?.close()
  await front?.close()
  stage = front = undefined
})

/** The latest machine that a seat's page is sent. */
async function watch({ port, keys }: Stage, seat: number): Promise<() => Machine | undefined> {
  const socket = openSocket(port, `/api/machine/${LESSON}`, keys[seat])
  sockets.push(socket)
  let latest: Machine | undefined
  socket.on('message', data => {
    const message: MachineMessage = JSON.parse(String(data))
    if (message.type === 'machine') latest = message.machine
  })
  await once(socket, 'open')
  return () => latest
}

test('a seat sees and ends nothing of another one', async context => {
  await needsSandbox(context)
  needsProgram(context, 'ss')
  stage = await openStage({ seats: 2 })
  const { join, fetch, state } = stage
  const one = await join(LESSON, 'shell', {}, { seat: 0 })
  const two = await join(LESSON, 'shell', {}, { seat: 1 })
  const [first, second] = await Promise.all([watch(stage, 0), watch(stage, 1)])
  one.type(`echo mine > server.ts; node -e "${SERVER}"\r`)
  await one.until(() => one.text.includes('is up'))
  await expect.poll(() => first()?.listeners.map(({ port }) => port)).toEqual([8080])

  // The same port, and the file is the other's.
  two.type(`echo "mine: $(grep -c mine server.ts)"; node -e "${SERVER}"\r`)
  await two.until(() => two.text.includes('mine: 0') && two.text.includes('is up'))
  await expect.poll(() => second()?.listeners.map(({ port }) => port)).toEqual([8080])
  expect(first()!.listeners).toHaveLength(1)
  expect((await fetch(`/api/reset/${LESSON}`, 'POST', 1)).status).toBe(204)
  expect((await two.closed).code).toBe(CLOSE.reset)
  one.type('\x03')
  await one.answers()
  const folder = path.join(state, 'workspaces')
  expect((await readdir(folder)).sort()).toEqual(['seat-0', 'seat-1'])
  expect(await readFile(path.join(folder, 'seat-0', LESSON, 'server.ts'), 'utf8')).toBe('mine\n')
  expect(await readFile(path.join(folder, 'seat-1', LESSON, 'server.ts'), 'utf8')).toBe('// shipped\n')
})

/** Opens a pane's socket with this key, or rejects with the reason why not. */
async function open({ port }: Front, key: string, path = `/api/panes/${LESSON}/shell`): Promise<void> {
  const socket = openSocket(port, path, key)
  sockets.push(socket)
  await once(socket, 'open')
}

function startSeats(count: number): Promise<Front> {
  const keys = Array.from({ length: count }, (_, seat) => `${seat}`.padStart(32, 'k'))
  seats = new Map(keys.map(key => [key, createFakeSeat()]))
  return startFront(undefined, undefined, seats)
}

test('fifty seats with two sockets each', async () => {
  front = await startSeats(50)
  const opened = [...seats.keys()].flatMap(key => [
    open(front!, key),
    open(front!, key, `/api/machine/${LESSON}`),
  ])
  await Promise.all(opened)
  for (const { calls } of seats.values())
    expect(calls.filter(call => !call.startsWith('has')).sort()).toEqual([
      `attach ${LESSON}/shell`,
      `watch ${LESSON}`,
    ])
})

test('a key opens the workbenches of its own seat', async () => {
  front = await startSeats(3)
  const fields = { Host: `127.0.0.1:${front.port}`, Connection: 'close' }
  for (const [seat, key] of [...seats.keys()].entries())
    await raw(front.port, request(`POST /api/reset/${seat}`, { ...fields, Authorization: `Bearer ${key}` }))
  expect([...seats.values()].map(({ calls }) => calls)).toEqual([
    ['has 0', 'reset 0'],
    ['has 1', 'reset 1'],
    ['has 2', 'reset 2'],
  ])
})

test('one that opens too many sockets is refused more of them, and no other is', async () => {
  front = await startSeats(2)
  const [flood, other] = [...seats.keys()] as [string, string]
  await Promise.all(Array.from({ length: MAX_SEAT_SOCKETS }, () => open(front!, flood)))
  await expect(open(front, flood)).rejects.toThrow('503')
  await Promise.all(Array.from({ length: MAX_SEAT_SOCKETS }, () => open(front!, other)))
})
