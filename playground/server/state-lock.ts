/** One server for each state folder: two would copy, remove and hand out the same workspaces. */
import { spawnSync } from 'node:child_process'
import { closeSync, constants, fstatSync, ftruncateSync, openSync, readSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { StartError } from '../start-error.ts'
import { loadKey } from './key.ts'

/** What the lock's file says of its holder: process, and address once it listens. */
const HOLDER = /^(\d{1,10})(?: (http:\/\/(?:127\.0\.0\.1|\[::1\]):\d{1,5}\/))?\n$/

/**
 * Locks the folder for as long as this process lives. The kernel holds the lock on behalf of our descriptor, so a
 * server that is killed leaves none behind.
 *
 * @param log is told when there cannot be a lock
 * @returns tells those who come in vain at which address we listen
 * @throws {StartError} when another server has it
 */
export async function lockState(
  state: string,
  log: (line: string) => void,
): Promise<(address: string) => void> {
  const file = join(state, 'lock')
  const descriptor = open(file)
  const trouble = lock(descriptor)
  if (trouble === 'taken') {
    const [, pid, address] = HOLDER.exec(read(descriptor)) ?? []
    closeSync(descriptor)
    throw new StartError(explain(state, pid, address && `${address}#key=${await loadKey(state)}`))
  }
  if (trouble) log(`${file} cannot be locked (${trouble}); do not start a second server with this folder`)
  const write = (text: string) => {
    ftruncateSync(descriptor)
    writeSync(descriptor, text, 0)
  }
  write(`${process.pid}\n`)
  return address => write(`${process.pid} ${address}\n`)
}

function open(file: string): number {
  const { O_CREAT, O_NOFOLLOW, O_NONBLOCK, O_RDWR } = constants
  let descriptor: number
  try {
    descriptor = openSync(file, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK, 0o600)
  } catch (error) {
    throw new StartError(`${file} cannot be opened (${(error as NodeJS.ErrnoException).code}); remove it`)
  }
  if (!fstatSync(descriptor).isFile()) throw new StartError(`${file} is no file; remove it`)
  return descriptor
}

/** More than `HOLDER` is long need not be read. */
function read(descriptor: number): string {
  const bytes = Buffer.alloc(256)
  return bytes.toString('latin1', 0, readSync(descriptor, bytes, 0, bytes.length, 0))
}

/** Node cannot lock. What util-linux's program locks is our open file, not its own: it stays so when that one ends. */
function lock(descriptor: number): 'taken' | string | undefined {
  // Elsewhere only pages are served: there are no workspaces.
  if (process.platform !== 'linux') return undefined
  const { status, error, stderr } = spawnSync('flock', ['-n', '3'], {
    stdio: ['ignore', 'ignore', 'pipe', descriptor],
    encoding: 'utf8',
  })
  if (status === 0) return undefined
  if (status === 1) return 'taken'
  return error ? `flock: ${(error as NodeJS.ErrnoException).code}` : stderr.trim().split('\n')[0]
}

function explain(state: string, pid?: string, link?: string): string {
  const who = pid ? ` (process ${pid})` : ''
  const what = link ? `open ${link} or end that one` : 'wait for its link or end that one'
  return `a server runs already with ${state}${who}; ${what}, or set XDG_STATE_HOME to another folder`
}
