/** Removes what starting over has put aside. Nobody waits for it: there may be millions of files. */
import path from 'node:path'
import { reasonOf } from '../terminal/close-reason.ts'
import { removeAside } from './starting-over.ts'

export interface Removals {
  /** After those of the same workspace that are under way. */
  begin(workspace: string): void
  /** What is left is removed at the workbench's next opening. */
  close(): Promise<void>
}

/** Milliseconds that removing a workspace may take; a program that goes on filling it must not keep us at it. */
const REMOVAL_TIMEOUT = 10 * 60_000

export function createRemovals(log: (line: string) => void): Removals {
  /** By workspace, one at a time. */
  const underWay = new Map<string, Promise<void>>()
  const ending = new AbortController()

  return {
    begin(workspace) {
      const before = underWay.get(workspace) ?? Promise.resolve()
      const removal = before
        .then(() => remove(workspace))
        .finally(() => {
          if (underWay.get(workspace) === removal) underWay.delete(workspace)
        })
      underWay.set(workspace, removal)
    },
    async close() {
      ending.abort()
      await Promise.allSettled(underWay.values())
    },
  }

  async function remove(workspace: string): Promise<void> {
    const signal = AbortSignal.any([ending.signal, AbortSignal.timeout(REMOVAL_TIMEOUT)])
    await removeAside(workspace, signal).catch(error => {
      if (ending.signal.aborted) return
      const name = path.basename(workspace)
      log(`${name}: not all files of before the last reset could be removed: ${reasonOf(error)}`)
    })
  }
}
