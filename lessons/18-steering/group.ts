/** The listeners of a port, whoever holds them, and what the kernel is told about their group. */
import { execFileSync } from 'node:child_process'
import { getSystemErrorMessage, getSystemErrorName } from 'node:util'
import koffi from 'koffi'

export interface Listener {
  pid: number
  /** The descriptor by which that process names it. */
  fd: number
}

/** Code and number; of a jump also how many instructions to skip if it is true, and if not. */
export type Instruction = [code: number, k?: number, ifTrue?: number, ifFalse?: number]

// From <asm/unistd.h>, <asm/socket.h> and <linux/filter.h>; Node has no names for them.
const PIDFD_OPEN = 434
const PIDFD_GETFD = 438
const SOL_SOCKET = 1
const SO_INCOMING_CPU = 49
const SO_ATTACH_REUSEPORT_CBPF = 51
const SO_DETACH_REUSEPORT_BPF = 68

/** What the kernel means by its errors here. */
const REASONS: Record<string, string> = {
  EINVAL: 'the listener was opened without SO_REUSEPORT',
  ENOENT: 'the group has no program',
}

// Null: what the process has loaded already, the C library with it.
const libc = koffi.load(null)
const syscall = libc.func('long syscall(long number, long a, long b, long c)')
const setNumber = libc.func('int setsockopt(int fd, int level, int option, const int *value, uint size)')

/** One for each listener: the first process that `ss` names for it. */
export function findListeners(port: number): Listener[] {
  const out = execFileSync('ss', ['-ltnpH', `sport = :${port}`], { encoding: 'utf8' })
  const found = [...out.matchAll(/^.*?pid=(\d+),fd=(\d+)/gm)].map(([, pid, fd]) => ({
    pid: Number(pid),
    fd: Number(fd),
  }))
  if (found.length > 0) return found
  throw new Error(`no process that you may look into listens on port ${port}`)
}

/** A descriptor of this process for a socket that another one holds. */
export function borrow({ pid, fd }: Listener): number {
  const process = succeed('pidfd_open', syscall(PIDFD_OPEN, pid, 0, 0))
  return succeed('pidfd_getfd', syscall(PIDFD_GETFD, process, fd, 0))
}

// #region attach
koffi.struct('sock_filter', { code: 'uint16', jt: 'uint8', jf: 'uint8', k: 'uint32' })
koffi.struct('sock_fprog', { len: 'uint16', filter: 'sock_filter *' })
const setProgram = libc.func(
  'int setsockopt(int fd, int level, int option, const sock_fprog *value, uint size)',
)

/** Attaches a program to the group of a listener, in place of the one before. */
export function attach(listener: number, program: Instruction[]): void {
  const filter = program.map(([code, k = 0, jt = 0, jf = 0]) => ({ code, jt, jf, k: k >>> 0 }))
  const value = { len: filter.length, filter }
  const size = koffi.sizeof('sock_fprog')
  succeed('setsockopt', setProgram(listener, SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF, value, size))
}
// #endregion attach

export function detach(listener: number): void {
  succeed('setsockopt', setNumber(listener, SOL_SOCKET, SO_DETACH_REUSEPORT_BPF, [0], 4))
}

export function setIncomingCpu(listener: number, cpu: number): void {
  succeed('setsockopt', setNumber(listener, SOL_SOCKET, SO_INCOMING_CPU, [cpu], 4))
}

/** @throws Error where a call into the C library has returned -1 */
function succeed(name: string, result: number): number {
  if (result !== -1) return result
  const error = -koffi.errno()
  const code = getSystemErrorName(error)
  throw new Error(REASONS[code] ?? `${name} ${code}: ${getSystemErrorMessage(error)}`)
}
