/** The workbench's keys. They work in a terminal, too, so each is one that shells and editors leave alone. Pure. */

export type Action = 'run-next' | 'across' | 'fold' | 'maximise' | 'clear' | 'picture'

/** What `?` lists. */
export const KEYS: readonly { action: Action; keys: string; what: string; code: string; shift: boolean }[] = [
  { action: 'run-next', keys: 'Alt+Enter', what: 'Run the next command', code: 'Enter', shift: false },
  {
    action: 'across',
    keys: 'Alt+Shift+T',
    what: 'To the terminal in use, and back to where you read',
    code: 'KeyT',
    shift: true,
  },
  {
    action: 'fold',
    keys: 'Alt+Shift+F',
    what: 'Fold this terminal, or unfold it',
    code: 'KeyF',
    shift: true,
  },
  { action: 'maximise', keys: 'Alt+Shift+M', what: 'This terminal alone, or all', code: 'KeyM', shift: true },
  { action: 'clear', keys: 'Alt+Shift+K', what: 'Clear this terminal', code: 'KeyK', shift: true },
  {
    action: 'picture',
    keys: 'Alt+Shift+P',
    what: 'Fold the picture, or unfold it',
    code: 'KeyP',
    shift: true,
  },
]

/** What others do when they are pressed, as far as it is to be known; `?` lists it behind. */
export const OTHER_KEYS: readonly { keys: string; what: string }[] = [
  { keys: 'Esc Esc', what: 'Leave a terminal, so that Tab moves on' },
  { keys: 'Ctrl+Shift+C', what: 'Copy in a terminal; with V paste' },
  { keys: '← →', what: 'On the divider: the terminals narrower or wider' },
  { keys: 'Ctrl+K', what: 'Search all pages' },
  { keys: '?', what: 'This list' },
]

/** What a reader writes into. A prediction is chosen: a key means the page there. */
const WRITTEN = 'input:not([type="radio"], [type="checkbox"]), textarea, select, [contenteditable]'

export function isWritten(target: EventTarget | null): boolean {
  return target instanceof Element && target.matches(WRITTEN)
}

/** For a title and for `aria-keyshortcuts`. */
export function keysOf(action: Action): string {
  return KEYS.find(key => key.action === action)!.keys
}

type Pressed = Pick<KeyboardEvent, 'code' | 'altKey' | 'ctrlKey' | 'metaKey' | 'shiftKey'>

/** By the key's place: with Alt, some keyboards give other letters. */
export function actionOf({ code, altKey, ctrlKey, metaKey, shiftKey }: Pressed): Action | undefined {
  if (!altKey || ctrlKey || metaKey) return undefined
  return KEYS.find(key => (key.code === code || `Numpad${key.code}` === code) && key.shift === shiftKey)
    ?.action
}
