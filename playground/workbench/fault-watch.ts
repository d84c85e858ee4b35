/** Scripts whose last run has ended by an error, and where. */
import { normalize } from '../format/output.ts'
import type { FileFault } from '../protocol.ts'
import type { Pane } from '../terminal/pane.ts'
import { type Fault, faultIn } from './fault.ts'
import { versionIn } from './files.ts'
import { createOutputTail } from './output-tail.ts'

export interface FaultWatch {
  /** Looks at what ends in this pane from now on. */
  follow(pane: Pane): void
}

/** Of a run's output: a stack takes some thousand bytes. */
const KEPT_BYTES = 16 * 1024
/** Scripts that are named; of more the oldest is forgotten. */
const MAX_FAULTS = 50

export interface FaultWatchOptions {
  /** The workspace. */
  folder: string
  /** The same, as its programs see it. */
  inside: string
  /** Told of all there are, whenever that has changed. */
  tell(faults: FileFault[]): void
}

export function createFaultWatch({ folder, inside, tell }: FaultWatchOptions): FaultWatch {
  /** By path, the oldest first. */
  const faults = new Map<string, FileFault>()

  return {
    follow(pane) {
      const tail = createOutputTail(KEPT_BYTES)
      let command = ''
      let runs = false

      pane.listen(event => {
        if (event.kind === 'command') command = event.text
        if (event.kind === 'start') {
          tail.clear()
          runs = true
        }
        if (event.kind === 'output' && runs) tail.push(event.bytes)
        if (event.kind === 'end' && runs) {
          runs = false
          const fault = faultIn(normalize(tail.text()).lines, inside)
          if (fault) void found(fault)
          else forget(command)
        }
      })
    },
  }

  /** With the version that has failed: what has been changed since may be mended. */
  async function found({ path, line, message }: Fault): Promise<void> {
    const version = await versionIn(folder, path).catch(() => undefined)
    if (version === undefined) return
    faults.delete(path)
    faults.set(path, { path, line, message, version })
    for (const [oldest] of [...faults].slice(0, -MAX_FAULTS)) faults.delete(oldest)
    tell([...faults.values()])
  }

  /** What this command names has run and ended without one. */
  function forget(command: string): void {
    const words = command.split(/[\s;&|()]+/)
    const gone = [...faults.keys()].filter(path => words.some(word => word === path || word === `./${path}`))
    for (const path of gone) faults.delete(path)
    if (gone.length > 0) tell([...faults.values()])
  }
}
