/** The pages that watch a workbench's machine, and what each of them is sent. */
import type { WebSocket } from 'ws'
import type { MachineReader } from '../machine/reader.ts'
import { watchMachine } from '../machine/watch.ts'
import { type CheckState, CLOSE, type Machine, type MachineMessage } from '../protocol.ts'
import { reasonOf } from '../terminal/close-reason.ts'
import { keepAlive } from '../terminal/heartbeat.ts'

export interface MachineFeed {
  /** Takes a socket that the guard let in. While there is none, nothing is read. */
  attach(socket: WebSocket): void
  /** A step is done: the checks judge the machine as it is now, however soon the next step follows. */
  look(): void
  /** Tells every page, and who comes later. */
  tell(message: MachineMessage): void
  /** Sends every page away with this code, one of `CLOSE`, and a reason for people. */
  dismiss(code: number, reason?: string): void
}

/** How often the checks are asked again while the machine is still: their author may have saved them. Milliseconds. */
const ASK_EVERY = 1000
/** Machines that may wait to be judged. */
const MAX_PENDING = 32

/**
 * @param evaluate what the checks say of a machine
 */
export function createMachineFeed(
  reader: Pick<MachineReader, 'read'>,
  evaluate: (machine: Machine) => Promise<Record<string, CheckState>>,
): MachineFeed {
  const outlets = new Map<WebSocket, Outlet>()
  /** The latest message of each type, as text. */
  const latest = new Map<MachineMessage['type'], string>()
  let machine: Machine | undefined
  /** Not judged yet, in order: a step that was over soon is done as well. */
  let pending: Machine[] = []
  let evaluating = false
  let stop = () => {}

  return {
    attach(socket) {
      const outlet = createOutlet(socket)
      outlets.set(socket, outlet)
      keepAlive(socket)
      socket.on('message', () => {
        socket.removeAllListeners('message')
        socket.close(CLOSE.badMessage, 'the machine takes no messages')
      })
      socket.on('error', () => socket.terminate())
      socket.once('close', () => {
        outlets.delete(socket)
        if (outlets.size === 0) rest()
      })
      for (const [type, text] of latest) outlet.send(type, text)
      if (outlets.size === 1) begin()
    },
    look() {
      if (outlets.size === 0) return
      reader.read().then(judge, () => {
        // The watch hears of it, too.
      })
    },
    tell,
    dismiss(code, reason) {
      for (const socket of outlets.keys()) socket.close(code, reason)
      rest()
    },
  }

  function begin(): void {
    const unwatch = watchMachine(
      reader,
      now => {
        machine = now
        tell({ type: 'machine', machine: now })
        judge(now)
      },
      error => {
        for (const socket of outlets.keys()) socket.close(CLOSE.failed, reasonOf(error))
      },
    )
    const timer = setInterval(() => machine && judge(machine), ASK_EVERY)
    stop = () => {
      unwatch()
      clearInterval(timer)
    }
  }

  function rest(): void {
    stop()
    stop = () => {}
    machine = undefined
    pending = []
    for (const type of ['machine', 'checks'] as const) latest.delete(type)
  }

  function judge(now: Machine): void {
    pending = [...pending, now].slice(-MAX_PENDING)
    if (!evaluating) void evaluatePending()
  }

  /** One at a time, or an old machine's answer could come after a new one's. */
  async function evaluatePending(): Promise<void> {
    evaluating = true
    for (let next = pending.shift(); next; next = pending.shift()) {
      const checks = await evaluate(next)
      if (outlets.size > 0) tell({ type: 'checks', checks })
    }
    evaluating = false
  }

  function tell(message: MachineMessage): void {
    const text = JSON.stringify(message)
    if (latest.get(message.type) === text) return
    latest.set(message.type, text)
    for (const outlet of outlets.values()) outlet.send(message.type, text)
  }
}

interface Outlet {
  send(type: MachineMessage['type'], text: string): void
}

/** One message at a time is on its way to a page; what comes meanwhile is replaced by what comes after it. */
function createOutlet(socket: WebSocket): Outlet {
  const waiting = new Map<MachineMessage['type'], string>()
  let sending = false

  return {
    send(type, text) {
      waiting.set(type, text)
      if (!sending) next()
    },
  }

  function next(): void {
    const [first] = waiting
    sending = first !== undefined
    if (!first) return
    const [type, text] = first
    waiting.delete(type)
    // Called when the kernel has taken it: a page that does not read holds up itself alone.
    socket.send(text, error => {
      if (!error) next()
    })
  }
}
