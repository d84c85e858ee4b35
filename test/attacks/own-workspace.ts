/** A workspace for programs to attack, and what lies outside of it; each test's own. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect } from 'vitest'
import { SANDBOX_UID } from '../../playground/sandbox/namespaces.ts'
import { listScripts } from '../../playground/workbench/shipped-files.ts'
import { removeAside, resetWorkspace } from '../../playground/workbench/starting-over.ts'
import { openWorkspace } from '../../playground/workbench/workspace.ts'

/** Who runs the server. Root may do what the modes of files forbid, and gives workspaces away; the other neither. */
export const USERS = [
  { user: 'root', asRoot: true },
  { user: 'an ordinary user', asRoot: false },
]
/** For all tests: milliseconds that none takes, whatever it meets. */
export const ATTACK = { timeout: 60_000 }

const IS_ROOT = process.getuid?.() === 0

export interface OwnWorkspace {
  readonly scripts: string
  readonly workspace: string
  /** Belongs to who runs the server. */
  readonly outside: string
  /** Something in the workspace. */
  inside(name: string): string
  /** Something in the folder that workspaces lie in. */
  beside(name?: string): string
  open(): Promise<string[]>
  /** That starting over works, and leaves nothing of what was there. */
  expectFreshStart(): Promise<void>
  /** Starts a learner's program, JavaScript; its working directory is the workspace. */
  start(source: string, ...args: string[]): ChildProcess
}

export function useOwnWorkspace(asRoot: boolean): OwnWorkspace {
  let base: string
  let programs: ChildProcess[]

  beforeEach(context => {
    programs = []
    if (asRoot && !IS_ROOT) context.skip('needs root')
    base = mkdtempSync(path.join(os.tmpdir(), 'playground-test-'))
    chmodSync(base, 0o711)
    if (IS_ROOT && !asRoot) {
      chownSync(base, SANDBOX_UID, SANDBOX_UID)
      process.setegid?.(SANDBOX_UID)
      process.seteuid?.(SANDBOX_UID)
    }
    mkdirSync(path.join(own.scripts, 'sub'), { recursive: true })
    writeFileSync(path.join(own.scripts, 'server.ts'), 'shipped')
    writeFileSync(path.join(own.scripts, 'sub/data.txt'), 'data')
    mkdirSync(own.outside)
  })

  afterEach(async () => {
    if (IS_ROOT) {
      process.seteuid?.(0)
      process.setegid?.(0)
    }
    for (const program of programs) {
      if (program.exitCode !== null || program.signalCode !== null) continue
      program.kill('SIGKILL')
      await once(program, 'exit')
    }
    // Not Node's, which stumbles over some of what is there.
    if (base) execFileSync('sh', ['-c', 'chmod -Rf u+rwX "$1"; rm -rf "$1"', 'sh', base])
  })

  const own: OwnWorkspace = {
    get scripts() {
      return path.join(base, 'lessons/01-test')
    },
    get workspace() {
      return path.join(base, 'seat/01-test')
    },
    get outside() {
      return path.join(base, 'outside')
    },
    inside: name => path.join(own.workspace, name),
    beside: (name = '.') => path.join(base, 'seat', name),
    open: async () => openWorkspace(await listScripts(own.scripts), own.workspace),
    async expectFreshStart() {
      await resetWorkspace(await listScripts(own.scripts), own.workspace)
      expect(readdirSync(own.workspace, { recursive: true }).sort()).toEqual([
        'server.ts',
        'sub',
        'sub/data.txt',
      ])
      expect(readFileSync(own.inside('server.ts'), 'utf8')).toBe('shipped')
      await removeAside(own.workspace)
      // What there was may be kept, to be brought back.
      const beside = readdirSync(own.beside()).filter(name => name !== '01-test.kept')
      expect(beside.sort()).toEqual(['01-test', '01-test.shipped.json', 'node_modules', 'package.json'])
    },
    start(source, ...args) {
      const me = process.geteuid?.()
      if (IS_ROOT) process.seteuid?.(0)
      try {
        const child = spawn(process.execPath, ['--eval', source, ...args], {
          cwd: own.workspace,
          stdio: ['ignore', 'pipe', 'inherit'],
          ...(IS_ROOT ? { uid: SANDBOX_UID, gid: SANDBOX_UID } : {}),
        })
        programs.push(child)
        return child
      } finally {
        if (IS_ROOT) process.seteuid?.(me!)
      }
    },
  }
  return own
}
