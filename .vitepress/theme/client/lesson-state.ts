import { type InjectionKey, reactive, ref, type ShallowRef, shallowReactive, shallowRef, watch } from 'vue'
import type { Transcript } from '../../../playground/format/transcript.ts'
import type {
  ClientMessage,
  Machine,
  PaneState,
  ServerMessage,
  Verdict,
} from '../../../playground/protocol.ts'
import { remember } from '../machine/history.ts'
import { type Connection, createConnection, type Link, type Sink, type Size } from './connection.ts'
import { askServer } from './health.ts'
import { key } from './key.ts'
import { language } from './language.ts'
import { createMachineConnection } from './machine.ts'
import { obstacle } from './obstacle.ts'
import { tab } from './remembered.ts'
import { createSteps, type Step } from './steps.ts'
import { createVerdicts } from './verdicts.ts'
import { onWake } from './wake.ts'
import { createWithheld } from './withheld.ts'

/** How a command is to be run; see the protocol. */
export type How = Pick<Run, 'interrupt' | 'toHere'>
/** What the server would not do, and how it had been asked. */
export type Refused = Extract<ServerMessage, { type: 'refused' }> & { how: How }
type Hello = Extract<ServerMessage, { type: 'hello' }>
type Run = Extract<ClientMessage, { type: 'run' }>

interface Running {
  pane: string
  command: number
  /** Not yet where other commands have to run first. */
  started: boolean
  how: How
  /** What had come of it before. */
  before?: Verdict
}

/** A run up to a command, as long as that command has not started. */
interface Way {
  pane: string
  fence: string
  command: number
  /** The commands that had not passed when it was asked for. */
  above: Step[]
}

/** One terminal, as far as the page knows it. */
export interface PaneView {
  link: Link
  /** Undefined before the first `hello`. */
  state?: PaneState
  /** Exit status of the shell that has ended. */
  status?: number
  /** Something that has been lost, one sentence; there until the reader has read it. */
  notice?: string
}

export type LessonState = ReturnType<typeof createLessonState>

/** The lesson of the page that is shown; undefined elsewhere. */
export const lessonKey: InjectionKey<ShallowRef<LessonState | undefined>> = Symbol('lesson')

/**
 * What one lesson's page knows: its panes, what came of each command, what the server would not do.
 * Components read it; only messages from the server and the reader's clicks change it. Who creates it
 * closes it.
 */
export function createLessonState(slug: string, names: string[]) {
  const panes = reactive<Record<string, PaneView>>(
    Object.fromEntries(names.map(name => [name, { link: { kind: 'connecting' } }])),
  )
  const verdicts = createVerdicts()
  /** By fence: what was asked for, and what the server says has started. */
  const running = reactive(new Map<string, Running>())
  const refused = reactive(new Map<string, Refused>())
  /** By fence: why this machine cannot run it. */
  const skipped = reactive(new Map<string, string>())
  const steps = createSteps({ verdicts, running, skipped, panes })
  const withheld = createWithheld((fence, command) => verdicts.get(fence, command) !== undefined)
  /** By pane: asked for before the pane was connected. */
  const waiting = new Map<string, Run>()
  const connections = shallowReactive(new Map<string, Connection>())
  /** How often the reader has asked for a run: the drawer of a narrow window opens. */
  const runs = ref(0)
  const way = shallowRef<Way>()
  /** The verdict that came last, not those of before the page was loaded. */
  const latest = shallowRef<Verdict>()
  /** Set when a pane comes into view or a command is run: then every pane of the lesson connects. */
  const needed = ref(false)
  /** The pane that the reader's last click spoke to. */
  const shown = ref(names[0])
  /** The command that the reader asked for last: the page keeps it in view. */
  const pointed = shallowRef<{ fence: string; command: number }>()
  /** Why the sandbox's programs have no bounds; undefined: they have, or nothing is known yet. */
  const unbounded = ref<string>()
  /** For screen readers: the last verdict in one sentence. */
  const announcement = ref('')

  const machine = createMachineConnection({
    url: () => socketUrl(`machine/${slug}`),
    key: () => key.value ?? '',
    isServerThere,
    onWake,
  })

  /** The machine's last minute, oldest first: what the picture is drawn from. */
  const history = shallowRef<Machine[]>([])
  watch(machine.machine, state => {
    if (state) history.value = remember(history.value, state)
  })

  /** Joins a screen that has room for so much to its pane. Returns what ends it again. */
  function attach(pane: string, sink: Sink, size: Size): () => void {
    const connection = createConnection({
      url: socketUrl(`panes/${slug}/${pane}`),
      key: () => key.value ?? '',
      size,
      sink,
      onWake,
      before: tab.recall(`shell-${slug}/${pane}`),
      onShell: id => tab.store(`shell-${slug}/${pane}`, id ?? ''),
      onNotice(message) {
        panes[pane]!.notice = message
        announcement.value = `${pane}: ${message}`
      },
      onMessage: message => receive(pane, message),
      onLink(link) {
        panes[pane]!.link = link
        if (link.kind === 'connected') machine.retry()
        else stopped(pane)
      },
      isServerThere,
    })
    connections.set(pane, connection)
    return () => {
      connections.delete(pane)
      connection.close()
    }
  }

  function receive(pane: string, message: ServerMessage): void {
    const view = panes[pane]!
    switch (message.type) {
      case 'hello':
        greet(pane, message)
        return
      case 'state':
        view.state = message.state
        if (message.fence !== undefined && message.command !== undefined) {
          started(pane, message.fence, message.command)
        }
        return
      case 'verdict':
        judge(message.verdict)
        return
      case 'refused':
        if (message.why === 'skipped') skipped.set(message.fence, message.message)
        else refuse(message)
        running.delete(message.fence)
        if (way.value?.fence === message.fence) way.value = undefined
        announcement.value = message.message
        return
      case 'forget':
        for (const fence of message.fences) forget(fence)
        return
      case 'exit':
        Object.assign(view, { state: 'ended', status: message.status })
        stopped(pane)
    }
  }

  /** Nothing has run: what came of the command before still holds. */
  function refuse(message: Extract<ServerMessage, { type: 'refused' }>): void {
    const { how = {}, before } = running.get(message.fence) ?? {}
    refused.set(message.fence, { ...message, how })
    if (before) verdicts.set(before)
  }

  /** One program at a time in a pane: what had started there before was abandoned, and no verdict will come. */
  function started(pane: string, fence: string, command: number): void {
    for (const [other, run] of running) if (run.pane === pane && run.started) running.delete(other)
    running.set(fence, { pane, command, started: true, how: running.get(fence)?.how ?? {} })
    if (way.value?.fence === fence && way.value.command === command) way.value = undefined
  }

  function greet(pane: string, { state, unbounded: reason, verdicts: known, skipped: reasons }: Hello): void {
    unbounded.value = reason
    Object.assign(panes[pane]!, { state, status: undefined })
    stopped(pane)
    for (const [fence, transcript] of steps.transcripts) if (transcript.pane === pane) forget(fence)
    for (const verdict of known) verdicts.set(verdict)
    for (const [fence, reason] of Object.entries(reasons)) skipped.set(fence, reason)
    const run = waiting.get(pane)
    waiting.delete(pane)
    if (run) ask(pane, run)
  }

  function judge(verdict: Verdict): void {
    verdicts.set(verdict)
    refused.delete(verdict.fence)
    if (running.get(verdict.fence)?.command === verdict.command) running.delete(verdict.fence)
    if (!verdict.ok) abandon(verdict)
    latest.value = verdict
    const where = steps.transcripts.get(verdict.fence)?.pane ?? 'a command'
    announcement.value = `${where}: ${verdict.ok ? 'as expected' : (verdict.message ?? 'not as expected')}`
  }

  /** What was to run after it does not. */
  function abandon(failed: Verdict): void {
    for (const [fence, run] of running) if (!run.started) running.delete(fence)
    if (!way.value) return
    const { fence, command } = way.value
    const where = steps.transcripts.get(failed.fence)?.pane ?? 'another terminal'
    const message = `A command above, in ${where}, did not do what is expected. This one has not run.`
    refused.set(fence, { type: 'refused', fence, command, why: 'failed', message, how: {} })
    way.value = undefined
  }

  /** Runs a command of a transcript in its pane, as soon as that pane is connected. */
  function run(transcript: Transcript, command: number, how: How = {}): void {
    const { id: fence, pane } = transcript
    needed.value = true
    shown.value = pane
    pointed.value = { fence, command }
    runs.value += 1
    refused.delete(fence)
    if (obstacle.value !== undefined) {
      unconnected(fence, command)
      return
    }
    const message: Run = { type: 'run', fence, command, lang: language.value, ...how }
    if (how.toHere) way.value = { pane, fence, command, above: steps.missingAbove(transcript, command) }
    const before = verdicts.get(fence, command)
    running.set(fence, { pane, command, started: false, how, before })
    verdicts.delete(fence, command)
    if (panes[pane]?.link.kind === 'connected') ask(pane, message)
    else waiting.set(pane, message)
  }

  function unconnected(fence: string, command: number): void {
    const message = 'The terminals are not connected. They say what to do.'
    refused.set(fence, { type: 'refused', fence, command, why: 'failed', message, how: {} })
  }

  // What was asked for while nothing was known cannot come true any more.
  watch(obstacle, value => {
    if (value === undefined) return
    for (const { fence, command } of waiting.values()) unconnected(fence, command)
    waiting.clear()
    running.clear()
    way.value = undefined
  })

  watch(key, retry)

  /** All that are not connected: what mends one mends the others. */
  function retry(): void {
    for (const [pane, connection] of connections) {
      if (panes[pane]!.link.kind !== 'connected') connection.retry()
    }
  }

  function ask(pane: string, message: Run): void {
    connections.get(pane)!.send(message)
  }

  /** Ends the lesson's shells and gives back its scripts as they were. Rejects with a line for the reader. */
  async function startOver(): Promise<void> {
    needed.value = true
    const leave = [...connections.values()].map(connection => connection.startOver())
    const response = await fetch(`/api/reset/${slug}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key.value}` },
    })
    if (!response.ok) throw new Error(`The server did not start this lesson over: ${response.status}.`)
    for (const state of [verdicts, running, refused, waiting]) state.clear()
    way.value = undefined
    // A socket may hear of it later than this: what is run from now on is for the fresh shells.
    for (const each of leave) each()
    announcement.value = 'Started over: fresh shells, and the scripts as they were.'
  }

  function stopped(pane: string): void {
    if (waiting.has(pane)) return
    if (way.value?.pane === pane) way.value = undefined
    for (const [fence, run] of running) if (run.pane === pane) running.delete(fence)
  }

  function forget(fence: string): void {
    verdicts.forget(fence)
    // One that is yet to start is why the server takes back what it will change.
    const run = running.get(fence)
    if (run?.started) running.delete(fence)
    else if (run) delete run.before
    refused.delete(fence)
  }

  /** Runs the first command of the page that has not passed, and says which one it is. */
  function runNext(): void {
    const next = steps.next()
    if (!next) {
      announcement.value = 'Every command of this page has passed.'
      return
    }
    const { transcript, command } = next
    const { id: fence, pane, commands } = transcript
    const { kind, input } = commands[command]!
    const what = `${pane}: ${kind === 'interrupt' ? 'Ctrl-C' : input[0]}`
    pointed.value = { fence, command }
    if (running.get(fence)?.command === command) {
      announcement.value = `${what} has not ended yet`
      return
    }
    announcement.value = what
    run(transcript, command)
  }

  /** How far a run up to this command is, while it is on its way there. */
  function wayTo(fence: string, command: number): { done: number; total: number } | undefined {
    if (way.value?.fence !== fence || way.value.command !== command) return undefined
    const { above } = way.value
    const done = above.filter(step => verdicts.hasPassed(step.fence, step.command))
    return { done: done.length, total: above.length }
  }

  /** Ends the way up to a command: the step that runs goes on, none after it begins. */
  function cancel(): void {
    if (!way.value) return
    const { pane, fence, command } = way.value
    way.value = undefined
    if (running.get(fence)?.command === command) running.delete(fence)
    waiting.delete(pane)
    connections.get(pane)?.send({ type: 'cancel', fence, command })
    announcement.value = 'Cancelled: the command that runs goes on, and no other one begins.'
  }

  return {
    slug,
    panes,
    /** What the kernel has said in the last minute, oldest first; empty while no pane is connected. */
    history,
    /** By name: how far the page's checks are, once a pane is connected. */
    checks: machine.checks,
    needed,
    runs,
    shown,
    announcement,
    unbounded,
    attach,
    show(pane: string) {
      shown.value = pane
    },
    run,
    runNext,
    pointed,
    latest,
    wayTo,
    cancel,
    startOver,
    stateOf: steps.stateOf,
    havePassed: steps.havePassed,
    isSkipped: steps.isSkipped,
    register: steps.register,
    isMissingAbove: steps.isMissingAbove,
    ...withheld,
    /** Whether the prose below these transcripts would answer a question, as what they print would. */
    isExplanationWithheld: (fences: string[]) =>
      steps.visibleOf(fences).some(({ id, commands }) => withheld.isWithheld(id, commands.length - 1)),
    valueOf: verdicts.valueOf,
    isBound: (name: string) => verdicts.latestValue(name) !== undefined,
    verdictOf: verdicts.get,
    runningCommand: (fence: string) => running.get(fence)?.command,
    skippedOf: (fence: string) => skipped.get(fence),
    refusedOf: (fence: string) => refused.get(fence),
    dismiss: (fence: string) => void refused.delete(fence),
    startShell: (pane: string) => connections.get(pane)?.send({ type: 'start' }),
    fit: (pane: string, size: Size) => connections.get(pane)?.fit(size),
    read(pane: string) {
      panes[pane]!.notice = undefined
    },
    input: (pane: string, bytes: Uint8Array) => connections.get(pane)?.input(bytes),
    retry,
    close() {
      machine.close()
      for (const connection of connections.values()) connection.close()
      connections.clear()
    },
  }
}

async function isServerThere(): Promise<boolean> {
  return (await askServer()).kind === 'live'
}

/** @param path below `/api/` */
function socketUrl(path: string): string {
  const scheme = location.protocol === 'https:' ? 'wss' : 'ws'
  return `${scheme}://${location.host}/api/${path}`
}
