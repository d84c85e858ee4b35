/** What a run has proven its pages on: the kernel, the sandbox, and the tools that they used. */
import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { parseRequirement } from '../format/requirement.ts'
import type { Transcript } from '../format/transcript.ts'
import type { SandboxKind } from '../sandbox/kind.ts'
import { findProgram, LESSON_PROGRAMS } from '../sandbox/preflight.ts'
import { programVersion } from '../sandbox/program-version.ts'
import { createSandbox, sandboxKind } from '../sandbox/sandbox.ts'
import { StartError } from '../start-error.ts'
import type { VerifyOptions } from './verify-options.ts'

export interface Ground {
  /** Release of the kernel. */
  kernel: string
  /** As Node names it. */
  arch: string
  sandbox: SandboxKind
  /** Versions, as the programs themselves say them; '' for one that does not. */
  tools: Record<string, string>
}

/** From weakest to strongest. */
const STRENGTH: readonly SandboxKind[] = ['none', 'unshare', 'bwrap']

/** @throws {StartError} where the sandbox that starts here is weaker than what is demanded, or there is no Linux */
export async function demandSandbox({
  sandbox,
  ci,
}: VerifyOptions): Promise<{ kind: SandboxKind; reason?: string }> {
  const { kind, reason, mend } = await sandboxKind()
  if (kind === 'unavailable') throw new StartError(reason ?? 'there is no Linux kernel here')
  const isWished = process.env.PLAYGROUND_SANDBOX !== undefined
  const usual = ci && !isWished && (await findProgram('bwrap')) ? 'bwrap' : 'none'
  const demanded = sandbox ?? usual
  if (STRENGTH.indexOf(kind) < STRENGTH.indexOf(demanded)) {
    const why = sandbox ? '' : ', as CI is set and bwrap is installed; --sandbox none runs without it'
    throw new StartError(
      `the sandbox is to be ${demanded}${why}; here it is ${kind}, so nothing has run; mend it with: ${mend}`,
    )
  }
  return { kind, reason }
}

/** What a transcript has used that has a version: what it requires, and what lessons call. */
export function toolsOf({ lang, requires, commands }: Transcript): string[] {
  const words = new Set(commands.flatMap(({ input }) => input.join(' ').split(/[^\w.+-]+/)))
  const programs = requires.flatMap(word => {
    const requirement = parseRequirement(word)
    return requirement?.kind === 'program' ? requirement.program : []
  })
  const called = LESSON_PROGRAMS.filter(program => words.has(program))
  return ['bash', 'node', ...(lang === 'py' ? ['python3'] : []), ...programs, ...called]
}

/** Asks the programs in a sandbox as their pages had it. */
export async function readGround(sandbox: SandboxKind, programs: Iterable<string>): Promise<Ground> {
  const workspace = await mkdtemp(path.join(os.tmpdir(), 'playground-tools-'))
  try {
    const open = await createSandbox({ workspace })
    try {
      const ask = async (program: string) =>
        [program, await programVersion(program, open.command, open.env)] as const
      const tools = await Promise.all([...new Set(programs)].sort().map(ask))
      return { kernel: os.release(), arch: process.arch, sandbox, tools: Object.fromEntries(tools) }
    } finally {
      await open.close()
    }
  } finally {
    await rm(workspace, { recursive: true, force: true })
  }
}

/** `proven on Linux 6.12.1, x64, in bwrap, with node 24.21.0` */
export function groundText({ kernel, arch, sandbox, tools }: Ground): string {
  const box = sandbox === 'none' ? 'without a sandbox' : `in ${sandbox}`
  const named = Object.entries(tools).map(([name, version]) => `${name} ${version}`.trim())
  return `proven on Linux ${kernel}, ${arch}, ${box}, with ${named.join(', ')}`
}
