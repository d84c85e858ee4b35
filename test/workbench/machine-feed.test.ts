import { EventEmitter, once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterEach, expect, type TestContext, test } from 'vitest'
import type { WebSocket } from 'ws'
import { CLOSE, type Machine, type MachineMessage } from '../../playground/protocol.ts'
import { createMachineFeed } from '../../playground/workbench/machine-feed.ts'
import { openSocket, openStage, type Page, type Stage } from '../harness/client.ts'
import { needsProgram, needsSandbox } from '../harness/needs.ts'

const LESSON = '01-one'
const CHECKS = `
export function listens({ listeners }) {
  const { length } = listeners.filter(({ port }) => port === 8080)
  return length > 0 || length + ' listeners on 8080, one is needed'
}
export function twoAnswered({ answers }) {
  return answers.length === 2 || 'answers of ' + answers.length
}
`
const PAGE = `# One

\`\`\`console pane=shell
$ true
\`\`\`

::: check listens
Somebody listens.
:::

::: check two-answered
Two have answered.
:::
`
/** As a client of the lessons prints them. */
const COUNTS = ['worker 7  120', 'worker 9  80', 'total  200 in 31 ms']

let stage: Stage
const sockets: WebSocket[] = []

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.terminate()
  await stage?.close()
})

async function open(context: TestContext): Promise<Page> {
  await needsSandbox(context)
  needsProgram(context, 'ss', 'python3')
  stage = await openStage()
  await save(CHECKS)
  await writeFile(path.join(root(), 'docs/lessons', `${LESSON}.md`), PAGE)
  return stage.join(LESSON)
}

const root = () => path.dirname(stage.state)
const save = (checks: string) => writeFile(path.join(root(), 'lessons', LESSON, 'checks.ts'), checks)

/** A socket at the machine of the lesson, and what it has been told last. */
function watch() {
  const socket = openSocket(stage.port, `/api/machine/${LESSON}`)
  sockets.push(socket)
  const told: { machine?: Machine; checks: (MachineMessage & { type: 'checks' })['checks']; count: number } =
    {
      checks: {},
      count: 0,
    }
  socket.on('message', data => {
    told.count++
    Object.assign(told, JSON.parse(String(data)) as MachineMessage)
  })
  const closed = once(socket, 'close').then(([code, reason]) => ({ code, reason: String(reason) }))
  return { socket, told, closed }
}

const listener = `python3 -c 'import socket as s; a = s.create_server(("127.0.0.1", 8080)); input()'\r`

test('a page hears of the machine and of its checks: at once, and what has changed', async context => {
  const page = await open(context)
  const { told, closed } = watch()
  await expect
    .poll(() => told.checks.listens)
    .toEqual({
      state: 'waiting',
      observed: '0 listeners on 8080, one is needed',
    })
  expect(told.machine).toMatchObject({ listeners: [], answers: [] })
  page.type(listener)
  await expect.poll(() => told.checks.listens?.state).toBe('passed')
  expect(told.machine?.listeners).toMatchObject([{ port: 8080, address: '127.0.0.1' }])
  const { at } = told.checks.listens!
  expect(at).toBeGreaterThan(Date.now() - 60_000)

  // Its step is done, although its listener is gone.
  page.type('\r')
  await expect.poll(() => told.machine?.listeners).toEqual([])
  const later = watch()
  await expect.poll(() => later.told.checks.listens).toEqual({ state: 'passed', at })

  expect((await stage.fetch(`/api/reset/${LESSON}`, 'POST')).status).toBe(204)
  expect((await closed).code).toBe(CLOSE.reset)
  const fresh = watch()
  await expect.poll(() => fresh.told.checks.listens?.state).toBe('waiting')
})

test('the answers are those of the last client that has finished', async context => {
  const page = await open(context)
  const { told } = watch()
  page.type(`printf '%s\\n' ${COUNTS.map(line => `'${line}'`).join(' ')}\r`)
  await expect.poll(() => told.checks['two-answered']?.state).toBe('passed')
  expect(told.machine?.answers).toEqual([
    { pid: 7, count: 120 },
    { pid: 9, count: 80 },
  ])
  page.type(`seq 100000; printf 'worker 7  120\\ntotal  120 in 9 ms\\n'\r`)
  await expect.poll(() => told.machine?.answers).toEqual([{ pid: 7, count: 120 }])
})

test('checks that their author has saved count at once', async context => {
  await open(context)
  const { told } = watch()
  await expect.poll(() => told.checks.listens?.state).toBe('waiting')
  await save('export const listens = () => { throw new Error("ouch\\nand more") }\n')
  await expect.poll(() => told.checks.listens?.observed).toBe('checks.ts:1: ouch')
  expect(told.checks['two-answered']?.observed).toBe('checks.ts exports no function twoAnswered')
  await save('export const listens = () => true\n')
  await expect.poll(() => told.checks.listens?.state).toBe('passed')
})

test('the machine takes no messages', async context => {
  await open(context)
  for (const message of ['{"type":"run"}', Buffer.alloc(100_000), '']) {
    const { socket, closed } = watch()
    await once(socket, 'open')
    for (let count = 0; count < 100; count++) socket.send(message)
    expect(await closed).toEqual({ code: CLOSE.badMessage, reason: 'the machine takes no messages' })
  }
  const { told } = watch()
  await expect.poll(() => told.machine).toBeDefined()
})

test('what a step has brought about is judged, however soon the next one follows', async () => {
  const judged: number[] = []
  let reads = 0
  const feed = createMachineFeed({ read: async () => ({ at: ++reads }) as Machine }, async ({ at }) => {
    judged.push(at)
    await new Promise(setImmediate)
    return {}
  })
  feed.look()
  expect(reads).toBe(0)
  const socket = createFakeSocket()
  feed.attach(socket)
  for (let step = 0; step < 10; step++) feed.look()
  await expect.poll(() => judged.length).toBeGreaterThanOrEqual(11)
  expect(judged.slice(0, 11)).toEqual(Array.from({ length: 11 }, (_, index) => index + 1))
  socket.emit('close')
})

test('a page that reads slowly is sent the latest, one message at a time', async () => {
  const sent: MachineMessage[] = []
  const done: (() => void)[] = []
  const socket = createFakeSocket((text, written) => {
    sent.push(JSON.parse(text))
    done.push(written)
  })
  let reads = 0
  const read = async () => ({ processes: [{ pid: ++reads }] }) as Machine
  const feed = createMachineFeed({ read }, async ({ processes }) => ({
    one: { state: 'waiting', observed: `${processes[0]?.pid}` },
  }))
  feed.attach(socket)
  await expect.poll(() => reads).toBeGreaterThanOrEqual(4)
  expect(sent).toEqual([{ type: 'machine', machine: { processes: [{ pid: 1 }] } }])

  const before = reads
  done[0]!()
  done[1]!()
  expect(sent.map(({ type }) => type)).toEqual(['machine', 'checks', 'machine'])
  expect(sent[1]).toEqual({ type: 'checks', checks: { one: { state: 'waiting', observed: `${before}` } } })
  expect(sent[2]).toEqual({ type: 'machine', machine: { processes: [{ pid: before }] } })
  socket.emit('close')
})

/** @param send takes a message, and a function to call when it has been written */
function createFakeSocket(send: (text: string, written: () => void) => void = () => {}): WebSocket {
  return Object.assign(new EventEmitter(), { send, ping() {}, close() {} }) as unknown as WebSocket
}
