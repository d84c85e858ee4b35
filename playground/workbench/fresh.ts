/** What is made of a file that its author may be writing. */
import { stat } from 'node:fs/promises'

/**
 * @param make is called with a stamp of the file as it is now, `none` where there is no file
 * @returns gives what was made last, and has it made again once the file has been saved or replaced; what `make`
 * rejects with is kept as well
 */
export function createFresh<Made>(file: string, make: (stamp: string) => Promise<Made>): () => Promise<Made> {
  let stamp: string | undefined
  let made: Promise<Made> | undefined
  return async () => {
    const now = await stampOf(file)
    if (now !== stamp) {
      stamp = now
      made = make(now)
    }
    return made!
  }
}

/** Of the file as it is now; `none` where there is no file. */
export async function stampOf(file: string): Promise<string> {
  const stats = await stat(file, { bigint: true }).catch(() => undefined)
  return stats ? `${stats.ino}-${stats.size}-${stats.mtimeNs}` : 'none'
}
