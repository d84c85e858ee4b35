/** One word of `requires=`: a program, or what no package brings. */
export type Requirement =
  /** `to` is the last version that will do, with all that are told apart by later numbers only. */
  | { kind: 'program'; program: string; from?: Version; to?: Version }
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
  /** No emulated machine: a program in it has a limit of its own on time. */
  | { kind: 'full-speed' }
  /** A setting of the kernel, `net.ipv4.tcp_migrate_req`. */
  | { kind: 'sysctl'; name: string }

export type Version = [major: number, minor: number]

/** What is written for what, where it is no program. */
export const CONDITIONS =
  'PROGRAM@VERSION, PROGRAM@FIRST..LAST, linux-MAJOR.MINOR, cpus-N, init-systemd, root, sandbox, full-speed or sysctl-NAME'

/** @returns undefined for a word that means nothing, or begins as a condition does and is none */
export function parseRequirement(word: string): Requirement | undefined {
  const [, program, from, to] =
    /^([\w.+-]{1,64})(?:@(\d{1,4}(?:\.\d{1,4})?)(?:\.\.(\d{1,4}(?:\.\d{1,4})?))?)?$/.exec(word) ?? []
  if (program === undefined) return undefined
  if (from !== undefined)
    return {
      kind: 'program',
      program,
      from: versionOf(from, 0),
      ...(to === undefined ? {} : { to: versionOf(to, Number.POSITIVE_INFINITY) }),
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
  if (word === 'root' || word === 'sandbox' || word === 'full-speed') return { kind: word }
  return { kind: 'program', program: word }
}

/** @param minor where none is written */
function versionOf(text: string, minor: number): Version {
  const [major = 0, written = minor] = text.split('.').map(Number)
  return [major, written]
}
