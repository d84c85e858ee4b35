/** What a test needs of the machine. Missing: the test is skipped by name, and the run's last lines say what to install. */
import { accessSync, constants } from 'node:fs'
import path from 'node:path'
import type { TestContext } from 'vitest'
import { installCommand } from '../../playground/sandbox/debian-packages.ts'
import { sandboxKind } from '../../playground/sandbox/sandbox.ts'

/** What does instead, and is taken first: Chromium without windows computes a seventh less for the same pages. */
const INSTEAD: Record<string, string> = { chromium: 'chromium-headless-shell' }

/** A missing program skips the test; where `CI=true` it fails: there everything is to be installed. */
export function needsProgram(context: TestContext, ...programs: string[]): void {
  const missing = programs.filter(program => !findProgram(program))
  if (missing.length === 0) return
  const note = `needs ${missing.join(', ')}: ${installCommand(missing)}`
  if (process.env.CI === 'true') throw new Error(`CI must have everything; this test ${note}`)
  context.skip(note)
}

/** Namespaces, which bubblewrap may be forbidden to make although it is installed. */
export async function needsSandbox(context: TestContext): Promise<void> {
  needsProgram(context, 'bwrap')
  const { kind, reason } = await sandboxKind()
  if (kind !== 'bwrap') context.skip(`needs namespaces: ${reason}`)
}

/** @returns where the program, or what does instead, is on PATH; undefined if nowhere */
export function findProgram(program: string): string | undefined {
  const folders = [...(process.env.PATH ?? '').split(':'), '/usr/sbin', '/sbin']
  return [INSTEAD[program] ?? [], program]
    .flat()
    .flatMap(name => folders.map(folder => path.join(folder, name)))
    .find(isExecutable)
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}
