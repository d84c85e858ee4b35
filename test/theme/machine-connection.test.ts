import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type WebSocket, WebSocketServer } from 'ws'
import {
  createMachineConnection,
  type MachineConnection,
} from '../../.vitepress/theme/connection/machine-connection.ts'
import { type CheckState, CLOSE, type Machine, type MachineMessage } from '../../playground/protocol.ts'

const PASSED: CheckState = { state: 'passed', at: 5 }
const WAITING: CheckState = { state: 'waiting', observed: 'none' }

let server: WebSocketServer
let page: MachineConnection
/** What the server has accepted, with the subprotocols that were offered. */
let sockets: { socket: WebSocket; offered: string[] }[]
let wake: () => void
let asked: number

beforeEach(async () => {
  server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
  await once(server, 'listening')
  sockets = []
  asked = 0
  server.on('connection', (socket, { headers }) => {
    sockets.push({ socket, offered: String(headers['sec-websocket-protocol']).split(', ') })
  })
  const { port } = server.address() as AddressInfo
  page = createMachineConnection({
    url: () => `ws://127.0.0.1:${port}/api/machine/01-x`,
    key: () => 'secret',
    async isServerThere() {
      asked++
      return true
    },
    onWake(listener) {
      wake = listener
      return () => {
        wake = () => {}
      }
    },
  })
})
afterEach(() => {
  page.close()
  for (const { socket } of sockets) socket.terminate()
  server.close()
})

function tell(message: MachineMessage): void {
  sockets.at(-1)!.socket.send(JSON.stringify(message))
}

/** Opens the socket of this number, and tells of one check that has passed and one that has not. */
async function told(number: number): Promise<void> {
  await expect.poll(() => sockets.length).toBe(number)
  tell({ type: 'machine', machine: { at: number } as Machine })
  tell({ type: 'checks', checks: { one: PASSED, two: WAITING } })
  await expect.poll(() => [page.machine.value?.at, page.checks.value.two]).toEqual([number, WAITING])
}

test('nothing is asked before it is wanted; then what the server tells is there', async () => {
  expect(page.machine.value).toBeUndefined()
  page.retry()
  page.retry()
  await told(1)
  page.retry()
  expect(page.checks.value).toEqual({ one: PASSED, two: WAITING })
  expect(sockets.map(({ offered }) => offered)).toEqual([['playground', 'key.secret']])
})

test('lost: what has passed stays, the rest is not known, and it comes back by itself', async () => {
  page.retry()
  await told(1)
  sockets[0]!.socket.terminate()
  await expect.poll(() => page.machine.value).toBeUndefined()
  expect(page.checks.value).toEqual({ one: PASSED })
  await told(2)
})

test('started over: all of it was another sandbox’s', async () => {
  page.retry()
  await told(1)
  sockets[0]!.socket.close(CLOSE.reset)
  await expect.poll(() => sockets.length).toBe(2)
  expect([page.machine.value, page.checks.value]).toEqual([undefined, {}])
  await told(2)
})

test('back from sleep: a fresh socket, and what is shown stays until it tells', async () => {
  page.retry()
  await told(1)
  const closed = once(sockets[0]!.socket, 'close')
  wake()
  expect(page.machine.value).toEqual({ at: 1 })
  await closed
  expect(page.checks.value).toEqual({ one: PASSED, two: WAITING })
  await told(2)
})

test('given up by the server, or refused: it waits until it is wanted again', async () => {
  page.retry()
  await told(1)
  sockets[0]!.socket.close(CLOSE.failed, 'no room')
  await expect.poll(() => page.machine.value).toBeUndefined()
  wake()
  page.retry()
  await expect.poll(() => sockets.length).toBe(2)
  sockets[1]!.socket.terminate()
  // The server may have come back after the attempt: one more.
  await expect.poll(() => sockets.length).toBe(3)
  sockets[2]!.socket.terminate()
  await expect.poll(() => asked).toBe(2)
  wake()
  page.retry()
  await told(4)
})

test('closed: nothing comes any more', async () => {
  page.retry()
  await told(1)
  const closed = once(sockets[0]!.socket, 'close')
  page.close()
  await closed
  wake()
  expect(sockets).toHaveLength(1)
})
