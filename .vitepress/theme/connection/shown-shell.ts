import type { ServerMessage } from '../../../playground/protocol.ts'
import type { Keyboard } from './keyboard.ts'

export interface ShownShellOptions {
  keyboard: Keyboard
  /** The shell that an earlier load of this page has shown, by its id. */
  before?: string
  /** Called with the id of the shell that is shown; undefined: a new one will be no surprise. */
  onShell?(id: string | undefined): void
  /** One sentence for the reader about something that has been lost. */
  onNotice(message: string): void
}

const GONE =
  'The shell that was here is gone: the server was restarted, or nobody watched this lesson for a while. ' +
  'This is a new one; your files are as you left them.'

const NOT_TYPED = 'What you typed in between was not sent to it.'

/** Which shell a screen shows and how far it has come: a lost connection goes on there, and the reader is told of another. */
export function createShownShell({ keyboard, onShell, onNotice, ...options }: ShownShellOptions) {
  /** Until the first one. */
  let { before } = options
  /** `ended`: a new shell is no surprise. */
  let shown: { id: string; at: number; ended: boolean } | undefined

  return {
    /** What the server is told, which sends only what has come since. */
    seen: () => shown && { shell: shown.id, at: shown.at },
    /** So many bytes of its output more. */
    advance(bytes: number): void {
      if (shown) shown.at += bytes
    },
    show({ shell, at, typed, state }: ServerMessage & { type: 'hello' }): void {
      if (shown?.id === shell) keyboard.resume(typed)
      else {
        const lost = keyboard.restart(shown === undefined)
        const isSurprise = shown ? !shown.ended : before !== undefined && before !== shell
        if (isSurprise) onNotice(lost ? `${GONE} ${NOT_TYPED}` : GONE)
      }
      shown = { id: shell, at, ended: state === 'ended' }
      before = undefined
      onShell?.(shown.ended ? undefined : shell)
    },
    /** The reader wants another one. */
    replace(): void {
      if (shown) shown.ended = true
    },
    ended(): void {
      if (shown) shown.ended = true
      onShell?.(undefined)
    },
    /** The next one is a fresh one. */
    forget(): void {
      keyboard.drop()
      onShell?.(undefined)
      before = undefined
      shown = undefined
    },
  }
}
