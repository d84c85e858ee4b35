import { type Ref, reactive, ref } from 'vue'

/** `line`: folded to one line; `away`: another one has all the room. */
export type Place = 'open' | 'line' | 'away'

/** The picture's name among the panes: no pane can have it. */
export const PICTURE = '<picture>'

/**
 * Who has the room of a workbench. The pane in use is open, the others are folded to a line; the picture is open.
 * What the reader folds, unfolds or maximises by hand stays so, until a pane without room is used.
 *
 * @param used the pane in use
 */
export function createArrangement(used: Readonly<Ref<string | undefined>>) {
  const hand = reactive(new Map<string, 'open' | 'line'>())
  const maximised = ref<string>()

  return {
    placeOf,
    isMaximised: (name: string) => maximised.value === name,
    fold(name: string): void {
      const next = placeOf(name) === 'open' ? 'line' : 'open'
      maximised.value = undefined
      hand.set(name, next)
    },
    maximise(name: string): void {
      maximised.value = maximised.value === name ? undefined : name
    },
    /** The reader, or a command, turns to it. */
    use(name: string): void {
      if (maximised.value !== name) maximised.value = undefined
      if (hand.get(name) === 'line') hand.delete(name)
    },
  }

  function placeOf(name: string): Place {
    if (maximised.value !== undefined) return maximised.value === name ? 'open' : 'away'
    return hand.get(name) ?? (name === used.value || name === PICTURE ? 'open' : 'line')
  }
}
