/** One word of `requires=`: a program, or what no package brings. */
export type Requirement =
  | { kind: 'program'; program: string; from?: Version }
  /** The first version of the kernel that will do. */
  | { kind: 'linux'; version: Version }
  /** How many processors. */
  | { kind: 'cpus'; count: number }
  /** What is process 1 of the machine. */
  | { kind: 'init'; name: 'systemd' }
  /** Root of the machine, not only of a sandbox. */
  | { kind: 'root' }
  /** A network and processes of its own. */
  | { kind: 'sandbox' }
  /** A setting of the kernel, `net.ipv4.tcp_migrate_req`. */
  | { kind: 'sysctl'; name: string }

type Version = [major: number, minor: number]

/** What is written for what, where it is no program. */
export const CONDITIONS =
  'PROGRAM@VERSION, linux-MAJOR.MINOR, cpus-N, init-systemd, root, sandbox or sysctl-NAME'

/** @returns undefined for a word that means nothing, or begins as a condition does and is none */
export function parseRequirement(word: string): Requirement | undefined {
  const [, program, from] = /^([\w.+-]{1,64})(?:@(\d{1,4}(?:\.\d{1,4})?))?$/.exec(word) ?? []
  if (program === undefined) return undefined
  if (from !== undefined) {
    const [major = 0, minor = 0] = from.split('.').map(Number)
    return { kind: 'program', program, from: [major, minor] }
  }
  const [, prefix, rest = ''] = /^(linux|cpus|init|sysctl)-(.*)$/.exec(word) ?? []
  if (prefix === 'linux') {
    const [, major, minor] = /^(\d{1,3})\.(\d{1,3})$/.exec(rest) ?? []
    return major === undefined ? undefined : { kind: 'linux', version: [Number(major), Number(minor)] }
  }
  if (prefix === 'cpus')
    return /^[1-9]\d{0,2}$/.test(rest) ? { kind: 'cpus', count: Number(rest) } : undefined
  if (prefix === 'init') return rest === 'systemd' ? { kind: 'init', name: rest } : undefined
  if (prefix === 'sysctl') return /^\w+(?:\.[\w-]+)+$/.test(rest) ? { kind: 'sysctl', name: rest } : undefined
  if (word === 'root' || word === 'sandbox') return { kind: word }
  return { kind: 'program', program: word }
}
