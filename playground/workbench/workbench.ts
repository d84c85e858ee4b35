/** A sandbox, a workspace and panes that belong together, and the machine that they are. It knows of no page. */
import path from 'node:path'
import type { WebSocket } from 'ws'
import { createMachineReader, type MachineReader } from '../machine/reader.ts'
import {
  type CheckState,
  CLOSE,
  MAX_PANES,
  type Machine,
  type MachineMessage,
  type ServerMessage,
} from '../protocol.ts'
import { lackOf } from '../runner/requirements.ts'
import { compileScripts } from '../sandbox/compile.ts'
import type { Sandbox } from '../sandbox/kind.ts'
import { createSandbox } from '../sandbox/sandbox.ts'
import { createPane, type Pane } from '../terminal/pane.ts'
import type { PageHandler } from '../terminal/viewer.ts'
import { createFaultWatch } from './fault-watch.ts'
import { createMachineFeed } from './machine-feed.ts'
import type { ShippedFile } from './shipped-files.ts'
import { createAnswerWatch } from './tally-watch.ts'
import { fillWorkspace, makeWorkspace } from './workspace.ts'
import { excessOf, whenTooMuch } from './workspace-size.ts'

/** Where a workbench is. */
export interface Place {
  /** Host folder of the workspace; its name is the one seen inside. */
  workspace: string
  /** What its sandbox may take: bytes of memory, processes with their threads. */
  limits?: { memory: number; processes: number }
}

export interface WorkbenchOptions extends Place {
  /** What the workspace is given. */
  files: readonly ShippedFile[]
  /** A folder of the host for programs to read. @default none */
  course?: string
  /** What all of it needs, in words of `requires=`. */
  requires?: readonly string[]
  /** @default shells and the machine alone */
  guide?: Guide
  /** Told of each pane that is made, before its shell has printed anything. */
  onPane?(pane: Pane): void
}

/** Who knows what the panes are for: a lesson's transcripts and checks, a scene. */
export interface Guide extends PageHandler {
  /** Somebody has typed this command. */
  typed(pane: Pane, text: string): void
  /** What the checks say of the machine, by name. */
  judge(machine: Machine): Promise<Record<string, CheckState>>
}

export interface Workbench {
  sandbox: Sandbox
  /** With what the last client in a pane has counted. */
  machine: Pick<MachineReader, 'read'>
  /** The pane of this name, with a shell in it. @throws Error with one line where there are `MAX_PANES` others */
  pane(name: string): Promise<Pane>
  /** Joins a page to a pane, with a shell in it. */
  attach(pane: string, socket: WebSocket): void
  /** Hangs up: its shell and what runs in it in the foreground end. */
  closePane(name: string): void
  /** Tells the pages that have joined a pane, if there is one of this name. */
  tell(pane: string, message: ServerMessage): void
  /** Sends the machine and the checks to a page, as `MachineMessage`s. */
  watch(socket: WebSocket): void
  /** One more of them, to all that watch. */
  publish(message: MachineMessage): void
  /** A step is done: the checks judge the machine as it is now. */
  look(): void
  /** Does what a reader asks of a scene. @throws ActError, or Error with one line */
  act?(request: unknown): Promise<void>
  /** What was done in a scene, as fences of a lesson. */
  transcript?(): Promise<string>
  /** A scene's files and how to run them elsewhere: a gzipped tar. @throws ActError */
  archive?(): Promise<Uint8Array>
  /** What there was too much of, where that has ended it; one sentence. */
  excess(): string | undefined
  /** Ends the sandbox; every page that has joined is told `code`, one of `CLOSE`, and why. */
  close(code?: number, reason?: string): Promise<void>
}

const NO_GUIDE: Guide = {
  hello: () => ({ verdicts: [], skipped: {} }),
  run: async ({ fence, command }) => ({
    type: 'refused',
    fence,
    command,
    why: 'stale',
    message: 'Nothing on this page can be run here. Reload it.',
  }),
  cancel() {},
  typed() {},
  judge: async () => ({}),
}

/** @throws Error with one line, also for what this machine lacks of `requires` */
export async function createWorkbench(options: WorkbenchOptions): Promise<Workbench> {
  const { workspace, requires = [], guide = NO_GUIDE } = options
  const lack = await lackOf({ requires })
  if (lack) throw new Error(`${path.basename(workspace)} ${lack.reason}`)
  const { scripts, sandbox } = await openTogether(options)
  const ending = new AbortController()
  const compiled = compileScripts(sandbox, scripts, ending.signal)
  const panes = new Map<string, Pane>()
  const answers = createAnswerWatch()
  const reader = createMachineReader(sandbox)
  const machine = { read: async () => ({ ...(await reader.read()), ...answers.latest() }) }
  const feed = createMachineFeed(machine, now => guide.judge(now))
  const faults = createFaultWatch({
    folder: workspace,
    inside: sandbox.cwd,
    tell: all => feed.tell({ type: 'faults', faults: all }),
  })
  let closing: Promise<void> | undefined
  let excess: string | undefined
  void whenTooMuch(workspace, ending.signal).then(found => {
    excess = found
    if (found) void close(CLOSE.failed, found)
  })

  return {
    sandbox,
    machine,
    async pane(name) {
      const pane = openPane(name)
      // Not before it is done: a command may look at what runs in the sandbox.
      await Promise.all([pane.start(), compiled])
      return pane
    },
    attach: (name, socket) => openPane(name).attach(socket, guide),
    closePane(name) {
      panes.get(name)?.close()
      panes.delete(name)
    },
    tell: (name, message) => panes.get(name)?.tell(message),
    watch: feed.attach,
    publish: feed.tell,
    look: feed.look,
    excess: () => excess,
    close,
  }

  function close(code: number = CLOSE.shutdown, reason?: string): Promise<void> {
    closing ??= end(code, reason)
    return closing
  }

  function openPane(name: string): Pane {
    let pane = panes.get(name)
    if (!pane) {
      if (panes.size >= MAX_PANES)
        throw new Error(`there are ${MAX_PANES} terminals already, the most that there may be`)
      pane = createPane(name, sandbox)
      const opened = pane
      pane.listen(event => {
        if (event.kind === 'state') opened.tell({ type: 'state', state: event.state, pid: opened.shell })
        if (event.kind === 'command') guide.typed(opened, event.text)
      })
      answers.follow(pane)
      faults.follow(pane)
      options.onPane?.(pane)
      panes.set(name, pane)
    }
    return pane
  }

  async function end(code: number, reason?: string): Promise<void> {
    for (const pane of panes.values()) pane.dismiss(code, reason)
    feed.dismiss(code, reason)
    reader.close()
    const closed = sandbox.close()
    ending.abort()
    await Promise.all([closed, ...[...panes.values()].map(pane => pane.ended())])
  }
}

/** A sandbox that begins needs no more of a workspace than its folder: scripts come in the meantime. */
async function openTogether({ workspace, files, limits, course }: WorkbenchOptions) {
  await makeWorkspace(workspace)
  const fill = async () => {
    const excess = await excessOf(workspace)
    if (excess) throw new Error(excess)
    return fillWorkspace(files, workspace)
  }
  const [filled, opened] = await Promise.allSettled([fill(), createSandbox({ workspace, course, ...limits })])
  if (opened.status === 'rejected') throw opened.reason
  if (filled.status === 'fulfilled') return { scripts: filled.value, sandbox: opened.value }
  await opened.value.close()
  throw filled.reason
}
