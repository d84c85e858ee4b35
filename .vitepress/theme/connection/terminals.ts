import { reactive, ref, watch } from 'vue'
import type { ClientMessage, PaneState, ServerMessage } from '../../../playground/protocol.ts'
import { tab } from '../ui/remembered.ts'
import { type Connection, createConnection, type Sink, type Size } from './connection.ts'
import { isServerThere, socketUrl } from './health.ts'
import { key } from './key.ts'
import type { Link } from './lasting-socket.ts'
import { onWake } from './wake.ts'

/** One terminal, as far as the page knows it. */
export interface PaneView {
  link: Link
  /** Undefined before the first `hello`. */
  state?: PaneState
  /** Of its shell in the sandbox, once that has been at its prompt. */
  pid?: number
  /** Exit status of the shell that has ended. */
  status?: number
  /** Something that has been lost, one sentence; there until the reader has read it. */
  notice?: string
}

/** A terminal's screen: draws what comes, says what is typed and how large it is. */
export interface PaneScreen extends Sink {
  /** What it has room for. */
  room(): Size
  /** `input`: what is typed; `fit`: it has room for so much now. */
  listen(input: (bytes: Uint8Array) => void, fit: (size: Size) => void): void
}

export type Terminals = ReturnType<typeof createTerminals>

interface Listener {
  message(pane: string, message: ServerMessage): void
  link(pane: string, link: Link): void
  notice(pane: string, message: string): void
}

/** A lesson's terminals on this page, each with its connection. */
export function createTerminals(slug: string, names: string[], on: Listener) {
  const panes = reactive<Record<string, PaneView>>(
    Object.fromEntries(names.map(name => [name, { link: { kind: 'connecting' } }])),
  )
  const connections = new Map<string, Connection>()
  /** Set when a pane comes into view or a command is run: then every pane of the lesson connects. */
  const needed = ref(false)
  /** The pane that the reader's last click spoke to. */
  const shown = ref(names[0])
  const stopKey = watch(key, retry)

  /** All that are not connected: what mends one mends the others. */
  function retry(): void {
    for (const [pane, connection] of connections) {
      if (panes[pane]!.link.kind !== 'connected') connection.retry()
    }
  }

  return {
    panes,
    needed,
    shown,
    show(pane: string) {
      shown.value = pane
    },
    retry,
    /** One more, which is empty until a screen joins it. */
    add(pane: string) {
      panes[pane] ??= { link: { kind: 'connecting' } }
    },
    /** To be called when its screen has gone. */
    remove(pane: string) {
      delete panes[pane]
      tab.store(`shell-${slug}/${pane}`, '')
    },
    /** Joins a screen to its pane. Returns what ends it again. */
    attach(pane: string, screen: PaneScreen): () => void {
      const shell = `shell-${slug}/${pane}`
      const connection = createConnection({
        url: () => socketUrl(`panes/${slug}/${pane}`),
        key: () => key.value ?? '',
        size: screen.room(),
        sink: screen,
        onWake,
        before: tab.recall(shell),
        onShell: id => tab.store(shell, id ?? ''),
        onNotice(message) {
          panes[pane]!.notice = message
          on.notice(pane, message)
        },
        onMessage: message => on.message(pane, message),
        onLink(link) {
          if (panes[pane]) panes[pane].link = link
          on.link(pane, link)
        },
        isServerThere,
      })
      screen.listen(connection.input, connection.fit)
      connections.set(pane, connection)
      return () => {
        connections.delete(pane)
        connection.close()
      }
    },
    send: (pane: string, message: ClientMessage) => connections.get(pane)?.send(message),
    startShell: (pane: string) => connections.get(pane)?.send({ type: 'start' }),
    /** The reader has read it. */
    read(pane: string) {
      panes[pane]!.notice = undefined
    },
    /** To be called before the shells are ended for fresh ones. Returns what leaves those whose end is not heard of. */
    leave(): () => void {
      // Nor are those missed that this tab has had before.
      for (const pane of Object.keys(panes)) tab.store(`shell-${slug}/${pane}`, '')
      const leave = [...connections.values()].map(connection => connection.startOver())
      return () => {
        for (const each of leave) each()
      }
    },
    close() {
      stopKey()
      for (const connection of connections.values()) connection.close()
      connections.clear()
    },
  }
}
