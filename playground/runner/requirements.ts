/** What a transcript needs and this machine does not have. One look-up for the page, `verify` and `--update`. */
import { access } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import type { Lesson } from '../format/lesson.ts'
import { parseRequirement, type Requirement, type Version } from '../format/requirement.ts'
import type { Lang, Transcript } from '../format/transcript.ts'
import { allTranscripts } from '../format/way.ts'
import { installCommand } from '../sandbox/debian-packages.ts'
import { slowness } from '../sandbox/patience.ts'
import { findProgram } from '../sandbox/preflight.ts'
import { programVersion } from '../sandbox/program-version.ts'
import { sandboxKind } from '../sandbox/sandbox.ts'

export interface Lack {
  /** `machine`: the kernel, its processors or privilege, which nothing that can be installed brings. */
  kind: 'tool' | 'machine'
  /** `needs strace; install it with: sudo apt-get install strace` */
  reason: string
}

/** What of a lesson cannot run here: languages whole, transcripts by id. */
export interface Lacks {
  missing: Partial<Record<Lang, Lack>>
  skipped: Record<string, Lack>
}

export async function lacksOf(lesson: Lesson): Promise<Lacks> {
  const python = lesson.languages.includes('py') ? await lackOf({ lang: 'py', requires: [] }) : undefined
  const entries = await Promise.all(
    allTranscripts(lesson).map(async transcript => {
      const lack = await lackOf(transcript)
      return lack ? [[transcript.id, lack] as const] : []
    }),
  )
  return { missing: python ? { py: python } : {}, skipped: Object.fromEntries(entries.flat()) }
}

/** What nothing can bring counts before what is not installed. */
export async function lackOf({
  lang,
  requires,
}: Pick<Transcript, 'lang'> & { requires: readonly string[] }): Promise<Lack | undefined> {
  const words = lang === 'py' ? ['python3', ...requires] : requires
  const all = words.flatMap(word => parseRequirement(word) ?? [])
  const unmet = (await Promise.all(all.map(unmetBy))).filter(lack => lack !== undefined)
  const first = unmet.find(({ kind }) => kind === 'machine') ?? unmet[0]
  if (first) return first
  const programs = all.flatMap(requirement => (requirement.kind === 'program' ? requirement.program : []))
  const found = await Promise.all(programs.map(program => program === 'node' || findProgram(program)))
  const missing = programs.filter((_, index) => !found[index])
  if (missing.length === 0) return (await Promise.all(all.map(otherVersion))).find(lack => lack !== undefined)
  const reason = `needs ${missing.join(', ')}; install it with: ${installCommand(missing)}`
  return { kind: 'tool', reason }
}

/** Programs are looked at together: one command installs them. */
async function unmetBy(requirement: Requirement): Promise<Lack | undefined> {
  const machine = (reason: string): Lack => ({ kind: 'machine', reason })
  switch (requirement.kind) {
    case 'program':
      return undefined
    case 'linux': {
      if (isFrom(os.release(), requirement.version)) return undefined
      return machine(`needs Linux ${requirement.version.join('.')} or newer; this is ${os.release()}`)
    }
    case 'cpus': {
      const count = os.availableParallelism()
      if (count >= requirement.count) return undefined
      return machine(`needs ${requirement.count} processors; here ${count === 1 ? 'is one' : `are ${count}`}`)
    }
    case 'init':
      if (await exists('/run/systemd/system')) return undefined
      return machine(`needs a machine that ${requirement.name} has started`)
    case 'root':
      if (process.getuid?.() === 0) return undefined
      return machine('needs root of this machine, not only of its sandbox')
    case 'full-speed':
      if (slowness === 1) return undefined
      return machine(`needs a machine at full speed; this one is taken for ${slowness} times as slow`)
    case 'sysctl':
      if (await exists(path.join('/proc/sys', ...requirement.name.split('.')))) return undefined
      return machine(`needs ${requirement.name}, which this kernel does not have`)
    case 'sandbox': {
      const { kind, mend } = await sandboxKind()
      if (kind === 'bwrap' || kind === 'unshare') return undefined
      return { kind: 'tool', reason: `needs a sandbox${mend ? `; get one with: ${mend}` : ''}` }
    }
  }
}

/** By file. Each fence asks, and on a busy machine an answer takes a second. */
const versions = new Map<string, Promise<string>>()

/** Another one of a program is another release of a system's: nothing that is installed beside it. */
async function otherVersion(requirement: Requirement): Promise<Lack | undefined> {
  if (requirement.kind !== 'program' || !requirement.from) return undefined
  const { program, from, to } = requirement
  // The one that a sandbox has, and not another of the caller's.
  const file = program === 'node' ? process.execPath : ((await findProgram(program)) ?? program)
  const asked = versions.get(file) ?? programVersion(program, ([, ...args]) => [file, ...args])
  versions.set(file, asked)
  const version = await asked
  if (version === '') versions.delete(file)
  if (isFrom(version, from) && (to === undefined || !isFrom(version, [to[0], to[1] + 1]))) return undefined
  const bounds = to
    ? `from ${from.join('.')} to ${to.filter(Number.isFinite).join('.')}`
    : `${from.join('.')} or newer`
  return {
    kind: 'machine',
    reason: `needs ${program} ${bounds}; here it ${version ? `is ${version}` : 'does not say its version'}`,
  }
}

function isFrom(version: string, [major, minor]: Version): boolean {
  const [itsMajor = 0, itsMinor = 0] = version.split('.').map(part => Number.parseInt(part, 10))
  return itsMajor > major || (itsMajor === major && itsMinor >= minor)
}

function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  )
}
