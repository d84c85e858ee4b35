import { CLOSE, SUBPROTOCOL } from '../../../playground/protocol.ts'
import { createRetryTimer } from './retry-timer.ts'

export type Link =
  | { kind: 'connecting' }
  | { kind: 'connected' }
  /** Lost; tries again in so many seconds. */
  | { kind: 'waiting'; seconds: number }
  /** The server answers but does not let us in. Tries again when `retry` is called. */
  | { kind: 'refused' }
  /** The server gave up on it, and why. Tries again when `retry` is called. */
  | { kind: 'failed'; reason: string }

export interface LastingSocketOptions {
  url(): string
  /** Asked before every attempt: the reader may have opened the link meanwhile. */
  key(): string
  /** Whether the server answers at all: tells a refusal from a server that is away. Asked again when that is back. */
  isServerThere(): Promise<boolean>
  onOpen?(): void
  onText(text: string): void
  onBytes?(bytes: Uint8Array): void
  /** It is `lost`; the server has begun afresh (`reset`), and it is opened anew; or it was `left` by this page. */
  onGone(how: 'lost' | 'reset' | 'left'): void
  onLink?(link: Link): void
}

export interface LastingSocket {
  /** To be called when the server has greeted this page, and again after each loss. */
  greeted(): void
  readonly isGreeted: boolean
  /** Lost, and due to be opened again. */
  readonly isWaiting: boolean
  /** Open, or on its way. */
  readonly isThere: boolean
  /** Sent now, or not at all. */
  send(data: string | Uint8Array<ArrayBuffer>): void
  /** Opens it now, anew if it is there. */
  retry(): void
  /** Returns what tells later whether nothing has been opened since, and nothing is on its way. */
  unchanged(): () => boolean
  close(): void
}

/** A WebSocket to the server, opened by `retry` and again whenever it is lost, until `close`. */
export function createLastingSocket(options: LastingSocketOptions): LastingSocket {
  let socket: WebSocket | undefined
  /** Opened or left so many times: what was begun before has nothing to say any more. */
  let turn = 0
  let isGreeted = false
  /** The server was there before the attempt that is under way. */
  let wasThere = false
  /** The server was asked, and has not answered. */
  let isAway = false
  const onLink = options.onLink ?? (() => {})
  const timer = createRetryTimer(open, seconds => onLink({ kind: 'waiting', seconds }))

  return {
    greeted() {
      isGreeted = true
      wasThere = false
      timer.reset()
      if (isAway) void options.isServerThere()
      isAway = false
    },
    get isGreeted() {
      return isGreeted
    },
    get isWaiting() {
      return timer.waiting
    },
    get isThere() {
      return socket !== undefined
    },
    send(data) {
      if (socket?.readyState === WebSocket.OPEN) socket.send(data)
    },
    retry,
    unchanged() {
      const mine = turn
      return () => turn === mine && socket?.readyState !== WebSocket.CONNECTING
    },
    close: leave,
  }

  function open(): void {
    onLink({ kind: 'connecting' })
    const opened = new WebSocket(options.url(), [SUBPROTOCOL, `key.${options.key()}`])
    socket = opened
    turn += 1
    opened.binaryType = 'arraybuffer'
    opened.onopen = () => {
      if (opened === socket) options.onOpen?.()
    }
    opened.onmessage = ({ data }) => {
      if (opened !== socket) return
      if (typeof data === 'string') options.onText(data)
      else options.onBytes?.(new Uint8Array(data as ArrayBuffer))
    }
    opened.onclose = ({ code, reason }) => {
      if (opened === socket) void lost(code, reason)
    }
  }

  async function lost(code: number, reason: string): Promise<void> {
    const mine = turn
    const wasGreeted = isGreeted
    isGreeted = false
    socket = undefined
    options.onGone(code === CLOSE.reset ? 'reset' : 'lost')
    if (code === CLOSE.reset) return retry()
    const final = finalReason(code, reason)
    if (final !== undefined) return onLink({ kind: 'failed', reason: final })
    // A refused upgrade looks to a page like a server that is away; only asking it tells them apart.
    const isThere = !wasGreeted && (await options.isServerThere())
    if (turn !== mine) return
    isAway = !wasGreeted && !isThere
    if (isThere && wasThere) return onLink({ kind: 'refused' })
    wasThere = isThere
    // It may have come back after it was tried.
    if (isThere) open()
    else timer.wait()
  }

  function retry(): void {
    wasThere = false
    timer.reset()
    leave()
    open()
  }

  function leave(): void {
    timer.cancel()
    turn += 1
    isGreeted = false
    options.onGone('left')
    const old = socket
    socket = undefined
    old?.close()
  }
}

/** Why trying again by itself would not help; undefined where it may. */
function finalReason(code: number, reason: string): string | undefined {
  if (code === CLOSE.failed) return reason || 'The server could not start this shell.'
  if (code === CLOSE.badMessage) return 'This page does not fit the server that runs: reload the page.'
  return undefined
}
