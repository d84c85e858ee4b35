/**
 * The server to beat: node-pty and ws as every introduction joins them. Each socket gets a shell, each chunk is
 * sent as it comes, nothing waits for anything. Text is node-pty's default: its UTF-8 is decoded here and encoded again.
 */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { spawn } from 'node-pty'
import { WebSocketServer } from 'ws'
import { NAIVE_SHELL, SHELL_ENV } from './shell.ts'
import { answerParent } from './worker.ts'

const server = createServer()
const sockets = new WebSocketServer({ server, perMessageDeflate: false })

sockets.on('connection', socket => {
  const [file, ...args] = NAIVE_SHELL
  const pty = spawn(file, args, { name: 'xterm-256color', cols: 80, rows: 24, env: SHELL_ENV })
  pty.onData(text => socket.send(text))
  pty.onExit(() => socket.close())
  socket.on('message', (data: Buffer) => pty.write(data.toString()))
  socket.on('close', () => pty.kill())
})

server.listen(0, '127.0.0.1')
await once(server, 'listening')
answerParent((server.address() as AddressInfo).port)
