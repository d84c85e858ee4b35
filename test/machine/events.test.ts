/** What the page derives from a machine's states is what ss, nstat and the client say. */
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { afterEach, expect, test } from 'vitest'
import { eventsIn } from '../../.vitepress/theme/machine/events.ts'
import { remember } from '../../.vitepress/theme/machine/history.ts'
import { lanesOf, runsOf } from '../../.vitepress/theme/machine/lanes.ts'
import { markWorkers } from '../../.vitepress/theme/machine/workers.ts'
import { createMachineReader } from '../../playground/machine/reader.ts'
import { watchMachine } from '../../playground/machine/watch.ts'
import type { Machine } from '../../playground/protocol.ts'
import type { Sandbox } from '../../playground/sandbox/kind.ts'
import { createSandbox } from '../../playground/sandbox/sandbox.ts'
import { needsProgram, needsSandbox } from '../harness/needs.ts'

const run = promisify(execFile)
let base: string
let sandbox: Sandbox
let stop = () => {}
const started: ChildProcess[] = []

afterEach(async () => {
  stop()
  await sandbox?.close()
  for (const child of started.splice(0)) child.kill('SIGKILL')
  await rm(base, { recursive: true, force: true })
})

/** Accepts what a line tells it to, and holds it. */
const SERVER = `
import socket, sys
listener = socket.socket()
listener.bind(("127.0.0.1", 8080))
listener.listen(2)
print("ready", flush=True)
held = []
for line in sys.stdin:
    for _ in range(int(line)): held.append(listener.accept()[0])
    print("accepted", flush=True)
`
/** Opens eight connections, of which the kernel makes as many as it has room for; then says how they end. */
const CLIENT = `
import select, socket, sys
asked = []
for _ in range(8):
    connection = socket.socket()
    connection.setblocking(False)
    connection.connect_ex(("127.0.0.1", 8080))
    asked.append(connection)
made = []
for _ in range(20):
    made = select.select([], asked, [], 0.05)[1]
print("made", len(made), flush=True)
sys.stdin.readline()
reset = 0
for connection in made:
    try:
        connection.setblocking(True)
        connection.settimeout(5)
        connection.recv(1)
    except ConnectionResetError:
        reset += 1
print("reset", reset, flush=True)
`

test('events and lanes of a full queue and of a death are those of nstat, ss and the client', async context => {
  await needsSandbox(context)
  needsProgram(context, 'ss', 'nstat', 'python3')
  base = await mkdtemp(path.join(os.tmpdir(), 'playground-events-'))
  sandbox = await createSandbox({ workspace: base })
  const reader = createMachineReader(sandbox)
  let history: Machine[] = []
  const endWatch = watchMachine(reader, machine => {
    history = remember(history, machine)
  })
  stop = () => {
    endWatch()
    reader.close()
  }
  const last = () => history.at(-1)!

  const server = start(SERVER)
  await says(server, 'ready')
  await expect.poll(() => last().listeners.length).toBe(1)
  const client = start(CLIENT)
  const made = Number((await says(client, 'made')).split(' ')[1])
  expect(made).toBe(3)
  await expect.poll(() => last().listeners[0]?.queue).toBe(3)
  const waited = Number((await inside('ss -Hltn sport = :8080')).trim().split(/\s+/)[1])
  server.stdin!.write('1\n')
  await says(server, 'accepted')
  await expect.poll(() => last().connections.some(({ pid }) => pid !== undefined)).toBe(true)
  await inside(`kill -9 ${last().listeners[0]!.owners[0]!.pid}`)
  await expect.poll(() => last().listeners.length).toBe(0)
  client.stdin!.write('\n')
  const reset = Number((await says(client, 'reset')).split(' ')[1])

  // It is counted when it has happened, and read a moment later.
  const counted = async () => {
    const out = await inside('nstat -az TcpPassiveOpens TcpExtListenOverflows TcpOutRsts')
    const value = (name: string) => Number(new RegExp(`^${name}\\s+(\\d+)`, 'm').exec(out)![1])
    return {
      arrived: value('TcpPassiveOpens'),
      overflow: value('TcpExtListenOverflows'),
      reset: value('TcpOutRsts'),
    }
  }
  const sums = () => {
    const sum = (kind: string) =>
      eventsIn(history).reduce(
        (all, event) => all + (event.kind === kind && 'count' in event ? event.count! : 0),
        0,
      )
    return { arrived: sum('arrived'), overflow: sum('overflow'), reset: sum('reset') }
  }
  await expect
    .poll(async () => [await counted(), sums()].map(each => JSON.stringify(each)))
    .toSatisfy(([kernel, page]: string[]) => kernel === page)
  // Room for one more was made.
  expect(sums().arrived).toBeGreaterThanOrEqual(made)
  expect(sums().overflow).toBeGreaterThan(0)
  // Those that nobody had accepted: of the accepted one, an end.
  expect(reset).toBeGreaterThanOrEqual(2)
  expect(sums().reset).toBeGreaterThanOrEqual(reset)

  const [worker] = history.reduce(markWorkers, [] as readonly number[])
  const kinds = eventsIn(history).filter(({ kind }) => kind === 'listens' || kind === 'died')
  expect(kinds.map(({ kind, ...rest }) => [kind, 'pid' in rest && rest.pid])).toEqual([
    ['listens', worker],
    ['died', worker],
  ])
  const lanes = lanesOf(history, { from: runsOf(history)[0]!.from, to: Date.now() }, [worker!])
  expect(Math.max(...lanes[0]!.stretches.map(({ waiting }) => waiting))).toBe(waited)
})

function start(script: string): ChildProcess {
  const [file, ...args] = sandbox.command(['python3', '-c', script])
  const child = spawn(file!, args, { env: sandbox.env, stdio: ['pipe', 'pipe', 'inherit'] })
  started.push(child)
  return child
}

/** Resolves with the line that begins so. */
async function says(child: ChildProcess, word: string): Promise<string> {
  for (;;) {
    const [text] = await once(child.stdout!, 'data')
    const line = String(text)
      .split('\n')
      .find(each => each.startsWith(word))
    if (line) return line
  }
}

async function inside(command: string): Promise<string> {
  const [file, ...args] = sandbox.command(['bash', '-c', command])
  return (await run(file!, args, { env: sandbox.env })).stdout
}
