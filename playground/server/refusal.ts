/** How a request is turned away: a status line, one plain sentence, an end of the connection, one line in the log. */
import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import { pathOf } from './target.ts'

export interface Refusal {
  /** 400–599. */
  status: number
  /** One clause for people, without anything that the peer sent. */
  reason: string
  /** The header that was wrong, as it came, for the log alone. */
  saw?: string
  /** With 405: the methods that would do. */
  allow?: string
}

export const NOT_FOUND: Refusal = { status: 404, reason: 'there is nothing here' }

export function refuseRequest(response: ServerResponse, refusal: Refusal): void {
  response.writeHead(refusal.status, headersOf(refusal))
  response.end(`${refusal.reason}\n`)
}

/** Answers on a bare socket: an upgrade, or bytes that were no request. */
export function refuseSocket(socket: Duplex, refusal: Refusal): void {
  const { status, reason } = refusal
  if (!socket.writable) {
    socket.destroy()
    return
  }
  const fields = Object.entries({ ...headersOf(refusal), Date: new Date().toUTCString() })
  const head = fields.map(([name, value]) => `${name}: ${value}\r\n`).join('')
  // A peer that never reads must not hold the descriptor.
  socket.once('finish', () => socket.destroy())
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${head}\r\n${reason}\n`)
}

function headersOf({ status, reason, allow }: Refusal): Record<string, string> {
  return {
    'Content-Type': 'text/plain; charset=utf-8',
    'Content-Length': String(Buffer.byteLength(reason) + 1),
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
    Connection: 'close',
    ...(status === 401 && { 'WWW-Authenticate': 'Bearer' }),
    ...(allow !== undefined && { Allow: allow }),
  }
}

/** Lines that may be logged in one window; a page in another tab can knock thousands of times a second. */
const MAX_LINES = 20
/** Milliseconds. */
const WINDOW = 10_000

export type RefusalLog = (refusal: Refusal, request?: IncomingMessage) => void

/**
 * One line per refusal, at most 20 in 10 seconds; the next window begins with how many were left out.
 *
 * @param secrets what must never be in a line
 * @param now milliseconds
 */
export function createRefusalLog(
  log: (line: string) => void,
  secrets: readonly string[],
  now: () => number = () => performance.now(),
): RefusalLog {
  let start = Number.NEGATIVE_INFINITY
  let lines = 0
  return ({ status, reason, saw }, request) => {
    if (now() - start >= WINDOW) {
      if (lines > MAX_LINES) log(`refused ${lines - MAX_LINES} more in the ${WINDOW / 1000} s before`)
      start = now()
      lines = 0
    }
    lines += 1
    if (lines > MAX_LINES) return
    // Without its query, where a careless client puts secrets.
    const what = request ? ` ${request.method} ${short(pathOf(request.url))}` : ''
    log(plain(`refused ${status}${what}: ${reason}${saw === undefined ? '' : ` (${short(saw)})`}`, secrets))
  }
}

function short(text: string): string {
  return text.length > 80 ? `${text.slice(0, 80)}…` : text
}

/** Of whatever was thrown, for the log. */
export function oneLine(error: unknown): string {
  return String(error).replace(/\s+/g, ' ')
}

function plain(line: string, secrets: readonly string[]): string {
  let text = line
  for (const secret of secrets) text = text.replaceAll(secret, '<key>')
  // What the peer chose must not move the cursor of, or forge a line in, the terminal that shows it.
  return text.replace(/[^\x20-\x7e…]/g, '?')
}
