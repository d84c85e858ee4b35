import type { Limits } from './cgroup-place.ts'
import type { Setting } from './setting.ts'

/** From best to least: own files too; own network and processes; plain shells. */
export type SandboxKind = 'bwrap' | 'unshare' | 'none'

export interface Sandbox {
  kind: SandboxKind
  /** The command line that runs `argv` inside. */
  command(argv: string[]): string[]
  /** Environment of a program inside, whole. */
  env: Record<string, string>
  /** The workspace as a program inside sees it. */
  cwd: string
  /** The folder that it was to have for reading, as a program inside sees it. */
  course?: string
  /** What bash reads first, as it is seen inside. */
  rcFile: string
  /** Runs `argv`, a program of the host, in its network alone: out of reach of what runs inside. */
  beside(argv: string[]): string[]
  /** Its processes as the host sees them: a folder like `/proc`, and no program inside can mount over it. */
  proc: string
  /** Folder in `proc` of a process that lives as those of the learner do. */
  self: string
  /** Pids that keep the sandbox, and are none of the learner's. */
  keepers: readonly number[]
  /** Its network's `tcp_migrate_req` now; undefined where the kernel has none, or it has ended. */
  migrateReq: Setting['read']
  /** What all its programs together may take; undefined: as much as there is, see `unbounded`. */
  bounds: Limits | undefined
  /** Why there are no bounds, one sentence. */
  unbounded: string | undefined
  /** Resolves when it has ended, whoever ended it. */
  ended: Promise<void>
  /** Ends every process in it. With `none`, as far as they can be found. */
  close(): Promise<void>
}
