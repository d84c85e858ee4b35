import { ref } from 'vue'
import { post } from '../connection/post.ts'
import type { Terminals } from '../connection/terminals.ts'

/**
 * Has a lesson's shells ended and its scripts given back, and that undone.
 *
 * @param begun is told, in a sentence, what has been done: all that ran is gone
 */
export function createStartingOver(slug: string, terminals: Terminals, begun: (said: string) => void) {
  /** The last thing done to the workspace was starting over: there is a way back. */
  const canUndo = ref(false)

  async function begin(what: 'reset' | 'restore', said: string, failure: string): Promise<void> {
    terminals.needed.value = true
    const leave = terminals.leave()
    await post(`${what}/${slug}`).catch((error: Error) => {
      throw new Error(`${failure}: ${error.message}`)
    })
    begun(said)
    // A socket may hear of it later than this: what is run from now on is for the fresh shells.
    leave()
  }

  return {
    canUndo,
    /** Ends the lesson's shells and gives back its scripts as they were. Rejects with a line for the reader. */
    async startOver(): Promise<void> {
      await begin('reset', 'Started over: fresh shells, and the scripts as they were.', 'Not started over')
      canUndo.value = true
    },
    /** Gives back what starting over took. Rejects with a line for the reader. */
    async undoStartOver(): Promise<void> {
      canUndo.value = false
      await begin('restore', 'Your files are back, in fresh shells.', 'Your files could not be given back')
    },
  }
}
