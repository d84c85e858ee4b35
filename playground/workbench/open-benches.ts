/** The workbenches that are open: who watches each, and when one that nobody watches is closed. */
import type { WebSocket } from 'ws'
import { CLOSE } from '../protocol.ts'
import type { Workbench } from './workbench.ts'

export interface OpenBenches {
  /**
   * The workbench of this name, opened if it is not open.
   *
   * @param socket watches it from now on
   * @throws Error with one line when there is no room
   */
  open(name: string, socket?: WebSocket): Promise<Workbench>
  /** That of this name, if it is open. */
  get(name: string): Promise<Workbench> | undefined
  /** Ends the workbench; nothing where there is none. @param code one of `CLOSE` for its sockets */
  end(name: string, code: number): Promise<void>
  /** Ends all of them; none is opened any more. */
  close(): Promise<void>
}

export interface OpenBenchesOptions {
  create(name: string): Promise<Workbench>
  log(line: string): void
  /** That may be open at the same time. */
  most: number
  /** Milliseconds after which one that no page watches is closed. */
  idle: number
}

interface Bench {
  workbench: Promise<Workbench>
  watching: Set<WebSocket>
  /** Runs while nobody watches. */
  timer?: NodeJS.Timeout
}

export function createOpenBenches({ create, log, most, idle }: OpenBenchesOptions): OpenBenches {
  /** By name, the one that was left longest ago first. */
  const benches = new Map<string, Bench>()
  let closed = false

  return {
    async open(name, socket) {
      const bench = benchOf(name)
      if (socket) watch(name, bench, socket)
      return bench.workbench
    },
    get: name => benches.get(name)?.workbench,
    end,
    async close() {
      closed = true
      await Promise.allSettled([...benches.keys()].map(name => end(name, CLOSE.shutdown)))
    },
  }

  function benchOf(name: string): Bench {
    if (closed) throw new Error('the playground is ending')
    if (!benches.has(name)) makeRoom()
    let bench = benches.get(name)
    if (!bench) {
      bench = { workbench: create(name), watching: new Set() }
      benches.set(name, bench)
      rest(name, bench)
      forgetAtItsEnd(name, bench)
    }
    return bench
  }

  function makeRoom(): void {
    if (benches.size < most) return
    const unwatched = [...benches].find(([, { watching }]) => watching.size === 0)
    if (!unwatched)
      throw new Error(`${most} lessons are open already; close the tab of one (--sandboxes allows more)`)
    log(`${unwatched[0]}: closed to make room, nobody watches it`)
    void end(unwatched[0], CLOSE.shutdown)
  }

  function forgetAtItsEnd(name: string, bench: Bench): void {
    const forget = () => {
      clearTimeout(bench.timer)
      if (benches.get(name) === bench) benches.delete(name)
    }
    bench.workbench.then(async ({ sandbox, close }) => {
      await sandbox.ended
      forget()
      await close(CLOSE.failed, 'The sandbox was ended from outside. Your files are kept.')
    }, forget)
  }

  function watch(name: string, bench: Bench, socket: WebSocket): void {
    clearTimeout(bench.timer)
    bench.watching.add(socket)
    socket.once('close', () => {
      bench.watching.delete(socket)
      if (bench.watching.size > 0 || benches.get(name) !== bench) return
      benches.delete(name)
      benches.set(name, bench)
      rest(name, bench)
    })
  }

  /** Closes the workbench when nobody has watched it for a while. */
  function rest(name: string, bench: Bench): void {
    bench.timer = setTimeout(() => {
      log(`${name}: closed, nobody has watched it for ${Math.round(idle / 60_000)} min`)
      void end(name, CLOSE.shutdown)
    }, idle).unref()
  }

  async function end(name: string, code: number): Promise<void> {
    const bench = benches.get(name)
    benches.delete(name)
    clearTimeout(bench?.timer)
    const workbench = await bench?.workbench.catch(() => undefined)
    await workbench?.close(code)
  }
}
