import type { WebSocket } from 'ws'

const PING_MS = 20_000

/** Ends a socket whose other end has gone without a word. */
export function keepAlive(socket: WebSocket): void {
  let missed = 0
  socket.on('pong', () => {
    missed = 0
  })
  const timer = setInterval(() => {
    if (missed++ >= 2) socket.terminate()
    else socket.ping()
  }, PING_MS)
  socket.once('close', () => clearInterval(timer))
}
