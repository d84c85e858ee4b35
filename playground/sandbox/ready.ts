/** The start of a sandbox: it is made when both its levels say so. */
import type { ChildProcess } from 'node:child_process'
import type { Readable } from 'node:stream'
import { patience } from './patience.ts'
import { listProcesses } from './processes.ts'

const START_TIMEOUT_MS = 10_000

/** What the inside says when all is made. */
interface Ready {
  /** Host pid of process 1. */
  first: number
  /** Pid inside of the process that keeps the inner level. */
  holder: number
}

/** @throws Error with one line that says why it does not start */
export async function whenReady(kind: 'bwrap' | 'unshare', child: ChildProcess): Promise<Ready> {
  const read = (stream: number) => child.stdio[stream] as Readable
  let out = ''
  let info = ''
  let complaint = ''
  let timer: NodeJS.Timeout | undefined
  child.stdin?.on('error', () => {
    // It has ended first; `close` says so.
  })
  try {
    const holder = await new Promise<number>((resolve, reject) => {
      const limit = patience(START_TIMEOUT_MS)
      const late = () => reject(new Error(`it did not start within ${limit / 1000} s`))
      timer = setTimeout(late, limit)
      // The two come by ways of their own, in either order.
      const look = () => {
        const [, pid] = /^ready (\d+)\n/m.exec(out) ?? []
        if (pid && (kind === 'unshare' || info.trimEnd().endsWith('}'))) resolve(Number(pid))
      }
      read(1).on('data', chunk => {
        out += chunk
        look()
      })
      read(3).on('data', chunk => {
        info += chunk
        look()
      })
      read(2).on('data', chunk => {
        complaint = (complaint + chunk).slice(0, 4096)
      })
      child.once('error', reject)
      child.once('close', status =>
        reject(new Error(complaint.trim().split('\n')[0] || `it ended with ${status}`)),
      )
    })
    if (kind === 'bwrap') return { first: JSON.parse(info)['child-pid'], holder }
    const inside = (await listProcesses('/proc')).find(({ parent }) => parent === child.pid)
    if (!inside) throw new Error('it has no first process')
    return { first: inside.pid, holder }
  } catch (error) {
    child.kill('SIGKILL')
    const { code, message } = error as NodeJS.ErrnoException
    const name = { bwrap: 'bubblewrap', unshare: "util-linux's unshare" }[kind]
    throw new Error(
      code === 'ENOENT' || message.includes(`failed to execute ${kind}`)
        ? `${name} is not installed`
        : `${name} does not start here: ${message}`,
    )
  } finally {
    clearTimeout(timer)
  }
}
