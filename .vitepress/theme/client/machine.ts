import { type ShallowRef, shallowRef } from 'vue'
import {
  type CheckState,
  CLOSE,
  type Machine,
  type MachineMessage,
  SUBPROTOCOL,
} from '../../../playground/protocol.ts'
import { createRetryTimer } from './retry-timer.ts'

export interface MachineView {
  /** As the kernel has it now; undefined while nobody tells. */
  machine: Readonly<ShallowRef<Machine | undefined>>
  /** By name. While nobody tells those that have passed: what others would say is old. */
  checks: Readonly<ShallowRef<Readonly<Record<string, CheckState>>>>
}

export interface MachineConnection extends MachineView {
  /** Opens the socket, if it is not open or on its way already. */
  retry(): void
  close(): void
}

export interface MachineConnectionOptions {
  url(): string
  /** Asked before every attempt: the reader may have opened the link meanwhile. */
  key(): string
  /** Whether the server answers at all: tells a refusal from a server that is away. */
  isServerThere(): Promise<boolean>
  /** Calls back when the page has been away: asleep, hidden, without a network. Returns what ends it. */
  onWake(listener: () => void): () => void
}

/** A lesson's machine and checks over one WebSocket, which is opened by `retry` and again whenever it is lost. */
export function createMachineConnection(options: MachineConnectionOptions): MachineConnection {
  const machine = shallowRef<Machine>()
  const checks = shallowRef<Record<string, CheckState>>({})
  let socket: WebSocket | undefined
  let stopWaking: (() => void) | undefined
  /** The server was there before the attempt that is under way. */
  let wasThere = false
  const timer = createRetryTimer(open)

  return {
    machine,
    checks,
    retry() {
      if (socket) return
      timer.cancel()
      timer.reset()
      wasThere = false
      stopWaking ??= options.onWake(renew)
      open()
    },
    close() {
      stopWaking?.()
      stopWaking = undefined
      abandon()
    },
  }

  function open(): void {
    const opened = new WebSocket(options.url(), [SUBPROTOCOL, `key.${options.key()}`])
    let told = false
    socket = opened
    opened.onmessage = ({ data }) => {
      if (opened !== socket) return
      told = true
      wasThere = false
      timer.reset()
      receive(JSON.parse(data as string))
    }
    opened.onclose = async ({ code }) => {
      if (opened !== socket) return
      socket = undefined
      forget(code === CLOSE.reset)
      if (code === CLOSE.reset) return open()
      // Trying again by itself would not help: the panes say what would, and `retry` follows.
      if (code === CLOSE.failed || code === CLOSE.badMessage) return
      const isThere = !told && (await options.isServerThere())
      if (socket || !stopWaking || (isThere && wasThere)) return
      wasThere = isThere
      // It may have come back after it was tried.
      if (isThere) open()
      else timer.wait()
    }
  }

  function receive(message: MachineMessage): void {
    if (message.type === 'machine') machine.value = message.machine
    else checks.value = message.checks
  }

  /** @param all what has passed was another sandbox's */
  function forget(all = false): void {
    machine.value = undefined
    const passed = Object.entries(checks.value).filter(([, { state }]) => !all && state === 'passed')
    checks.value = Object.fromEntries(passed)
  }

  /** A socket whose other end has gone without a word looks open for minutes; all that it tells is told anew. */
  function renew(): void {
    if (!socket && !timer.waiting) return
    abandon()
    open()
  }

  function abandon(): void {
    timer.cancel()
    const old = socket
    socket = undefined
    old?.close()
  }
}
