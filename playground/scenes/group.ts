/** The listeners of a scene's port, while a program steers them. */
import type { MachineReader } from '../machine/reader.ts'
import { watchMachine } from '../machine/watch.ts'
import { PORT } from './acts.ts'

/**
 * A program that steers belongs to a group of listeners: when the last of them closes it goes with them, whoever
 * listens then.
 *
 * @param onClosed called once, unless it has been ended before
 * @returns ends it
 */
export function whenGroupCloses(reader: Pick<MachineReader, 'read'>, onClosed: () => void): () => void {
  let group: ReadonlySet<number> | undefined
  const unwatch = watchMachine(reader, ({ listeners }) => {
    const now = new Set(listeners.filter(({ port }) => port === PORT).map(({ inode }) => inode))
    if (group?.isDisjointFrom(now)) {
      unwatch()
      onClosed()
    }
    group = now
  })
  return unwatch
}
