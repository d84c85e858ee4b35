/** Whatever ends the server, nothing of a lesson is left. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { expect, test } from 'vitest'
import { findMarked } from '../../playground/sandbox/processes.ts'
import { openSocket } from '../harness/client.ts'
import { needsSandbox } from '../harness/needs.ts'

const LEFTOVERS =
  'sleep 600 & nohup sleep 600 > /dev/null & setsid sleep 600 & sleep 600 & disown -a; sleep 600\r'

test.for([
  ['SIGINT', 'SIGINT', false],
  ['SIGTERM', 'SIGTERM', false],
  ['kill -9', 'SIGKILL', false],
  ['the end of npm', 'SIGTERM', true],
] as const)('after %s no process of a lesson is left', async ([name, signal, npm], context) => {
  await needsSandbox(context)
  const state = await mkdtemp(path.join(os.tmpdir(), 'playground-state-'))
  const word = `TEST_MARK=${name.replaceAll(' ', '-')}-${process.pid}`
  const [file, ...args] = npm
    ? ['npm', 'run', 'docs', '--']
    : [process.execPath, 'playground/start.mjs', './main.ts']
  const server = spawn(file!, [...args, '--port', '0'], { env: { ...process.env, XDG_STATE_HOME: state } })
  const ended = once(server, 'exit')
  try {
    let log = ''
    const link = await new Promise<URL>(resolve =>
      server.stdout.on('data', chunk => {
        log += chunk
        const found = /http:\/\/\S+#key=\S+/.exec(log)
        if (found) resolve(new URL(found[0]))
      }),
    )
    const key = link.hash.slice('#key='.length)
    const socket = openSocket(Number(link.port), '/api/panes/01-bind-conflict/server-1', key)
    await once(socket, 'open')
    socket.send(JSON.stringify({ type: 'join', page: '0123456789abcdef', columns: 80, rows: 24 }))
    await once(socket, 'message')
    socket.send(Buffer.from(`export ${word}; ${LEFTOVERS}`))
    await expect.poll(async () => (await findMarked(word)).length).toBeGreaterThanOrEqual(5)
    server.kill(signal)
    await ended
    await expect.poll(() => findMarked(word)).toEqual([])
  } finally {
    server.kill('SIGKILL')
    await rm(state, { recursive: true, force: true, maxRetries: 5 })
  }
})
