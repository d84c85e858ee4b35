/**
 * Runs a lesson's transcripts in its panes and says whether they tell the truth. The tests, `verify` and the
 * page's Run button all use it.
 */
import { setTimeout as delay } from 'node:timers/promises'
import type { Alone } from '../authoring/lanes.ts'
import type { CheckPlace } from '../format/check.ts'
import { checksFor, type Lesson, transcriptsFor } from '../format/lesson.ts'
import type { Match } from '../format/match.ts'
import { fillCommand } from '../format/placeholder.ts'
import type { Lang, Transcript } from '../format/transcript.ts'
import type { ClientMessage, ServerMessage, Verdict } from '../protocol.ts'
import { settle } from '../sandbox/processes.ts'
import type { Pane } from '../terminal/pane.ts'
import type { CheckResult, CheckTrial } from '../workbench/check-trial.ts'
import type { Lack } from '../workbench/requirements.ts'
import { createNames, UnknownName } from './bindings.ts'
import { createExecution, type Execution, rest } from './execution.ts'
import { compare, failureOf, type Judgement, judge } from './judge.ts'
import { idsOf, keyOf, type Step, squeeze, stepsOf, what } from './step.ts'

export interface RunnerOptions {
  /** The lesson as it stands now: its author may be writing it. */
  lesson(): Lesson
  /** The pane of this name, with a shell in it. */
  pane(name: string): Promise<Pane>
  /** A folder like `/proc` that shows the panes' processes. */
  proc: string
  /** Ids of transcripts that cannot run on this machine, with the reason. */
  skipped: Readonly<Record<string, Lack>>
  /** Languages that this machine cannot run, with the reason: a page's run in one of them is skipped whole. */
  missing: Readonly<Partial<Record<Lang, Lack>>>
  /** Tries the page's checks between its transcripts. */
  trial: CheckTrial
  /** Told of everything as it happens; `pane` is the one it happens in. */
  on?(pane: string, message: ServerMessage & { type: 'state' | 'verdict' | 'forget' }): void
}

/**
 * `skipped`: a tool is not installed. `inapplicable`: the page says that it needs another kernel, more processors or
 * more privilege than this machine has. `unreached`: a transcript above failed, so nothing can be said.
 */
export type ResultState = 'passed' | 'failed' | 'skipped' | 'inapplicable' | 'unreached'

/** What came of one transcript. */
export interface Result {
  transcript: Transcript
  state: ResultState
  /** Of its commands, as far as they have run. */
  verdicts: Verdict[]
  /** Why it was skipped. */
  reason?: string
}

/** What came of a page. */
export interface PageResult {
  transcripts: Result[]
  checks: CheckResult[]
}

export interface Runner {
  /**
   * From first to last, as a reader of this language would; ends at the first transcript that fails. Each check is
   * tried before the first one and at its place.
   *
   * @param alone waited for before each transcript that says `alone`
   */
  runAll(
    lang: Lang | undefined,
    report?: (result: Result | CheckResult) => void,
    alone?: Alone,
  ): Promise<PageResult>
  /** What a page asks for; resolves when it is done, with the refusal if it was not. */
  run(message: ClientMessage & { type: 'run' }): Promise<ServerMessage | undefined>
  /** Lets a run with `toHere` end with the step that it is at. */
  cancel(message: ClientMessage & { type: 'cancel' }): void
  /** Tells of a command that somebody has typed: if it is one of the page's, it counts as if it had been clicked. */
  typed(pane: Pane, text: string): void
  verdicts(): Verdict[]
  close(): void
}

/** Ctrl-C is to be pressed where nothing runs. */
class NothingRuns extends Error {
  constructor({ transcript }: Step) {
    super(`Nothing runs in ${transcript.pane}: a command above starts it.`)
  }
}

/** A program that does not end at Ctrl-C within this time is left to the reader. */
const INTERRUPT_MS = 2000
/** What a command brings about in another pane is printed there at the latest after this time. Milliseconds. */
const ON_ITS_WAY_MS = 2000

export function createRunner(options: RunnerOptions): Runner {
  const { skipped, proc } = options
  /** The last command of each pane, until its end has been claimed. */
  const executions = new Map<string, Execution>()
  const lastSteps = new Map<Execution, Step>()
  const verdicts = new Map<string, Verdict>()
  const names = createNames(options.lesson)
  /** Panes that the runner itself is typing into. */
  const typing = new Set<string>()
  /** By the step that is asked for. */
  const underWay = new Map<string, AbortController>()
  /** Opening outputs that are waited for while the reader goes on. */
  const awaited = new Map<string, Promise<Verdict | undefined>>()
  /** By pane: resolves when the program whose Ctrl-C comes next on the page has ended, and that has been judged. */
  const interrupts = new Map<string, Promise<void>>()

  return {
    runAll,
    run,
    cancel: ({ fence, command }) => void underWay.get(`${fence} ${command}`)?.abort(),
    typed,
    verdicts: () => [...verdicts.values()],
    close() {
      for (const execution of executions.values()) execution.close()
    },
  }

  async function runAll(
    lang: Lang | undefined,
    report: (result: Result | CheckResult) => void = () => {},
    alone: Alone = async () => {},
  ): Promise<PageResult> {
    const lesson = options.lesson()
    const page: PageResult = { transcripts: [], checks: [] }
    const places = checksFor(lesson, lang)
    const early = await options.trial.begin(places.map(({ name }) => name))
    let failed = false
    for (const item of [...transcriptsFor(lesson, lang), ...places].sort((a, b) => a.line - b.line)) {
      if ('name' in item) {
        const result: CheckResult = failed
          ? { check: item, state: 'unreached' }
          : await performCheck(item, early, page.transcripts)
        page.checks.push(result)
        report(result)
      } else {
        const result: Result = { transcript: item, state: 'passed', verdicts: [] }
        page.transcripts.push(result)
        if (failed) result.state = 'unreached'
        else await performTranscript(result, lang, alone)
        failed ||= result.state === 'failed'
        report(result)
      }
    }
    for (const { transcript, verdict } of failed ? [] : await unclaimed()) {
      const result = page.transcripts.find(result => result.transcript.id === transcript.id)!
      result.state = 'failed'
      result.verdicts.push(verdict)
      report(result)
    }
    return page
  }

  async function performTranscript(result: Result, lang: Lang | undefined, alone: Alone): Promise<void> {
    const { transcript } = result
    const lack = (lang && options.missing[lang]) ?? skipped[transcript.id]
    if (lack) {
      result.state = lack.kind === 'tool' ? 'skipped' : 'inapplicable'
      result.reason = lack.reason
      return
    }
    if (transcript.alone) await alone()
    for (const step of stepsOf(transcript)) {
      const verdict = await perform(step, step.transcript.timeout * 1000)
      if (!verdict) throw new Error('the runner was closed while it ran')
      result.verdicts.push(verdict)
      if (!verdict.ok) {
        result.state = 'failed'
        return
      }
    }
  }

  /** @param early names of the checks that are met before anything has run */
  async function performCheck(check: CheckPlace, early: string[], above: Result[]): Promise<CheckResult> {
    const left = above.filter(({ state }) => state === 'skipped' || state === 'inapplicable')
    const { state: leftOut, reason } = left.find(({ state }) => state === 'skipped') ?? left[0] ?? {}
    if (leftOut && left.length === above.length) return { check, state: leftOut, reason }
    if (early.includes(check.name)) {
      const message = `the check ${check.name} is met before anything has run: it would say nothing`
      return { check, state: 'failed', message }
    }
    const { state, observed } = await options.trial.met(check.name)
    if (state === 'passed') return { check, state }
    // What it waits for may be what was left out.
    if (leftOut) return { check, state: leftOut, reason }
    return { check, state: 'failed', message: `the check ${check.name} is not met here: ${observed}` }
  }

  async function run(message: ClientMessage & { type: 'run' }): Promise<ServerMessage | undefined> {
    const steps = transcriptsFor(options.lesson(), message.lang).flatMap(stepsOf)
    const at = steps.findIndex(
      step => step.transcript.id === message.fence && step.command === message.command,
    )
    const target = steps[at]
    const refuse = (why: (ServerMessage & { type: 'refused' })['why'], text: string): ServerMessage => ({
      type: 'refused',
      fence: message.fence,
      command: message.command,
      why,
      message: text,
    })
    if (!target || target.kind === 'output')
      return refuse('stale', 'This page is older than its lesson. Reload it.')
    const lack = skipped[target.transcript.id]
    if (lack) return refuse('skipped', lack.reason)

    const way = new AbortController()
    underWay.set(keyOf(target), way)
    try {
      const above = message.toHere
        ? steps.slice(0, at).filter((step, index) => isNeeded(step, steps.slice(index + 1, at)))
        : []
      for (const step of [...above, target]) {
        if (way.signal.aborted) return undefined
        const busy = step.kind === 'shell' && (await makeIdle(step, Boolean(message.interrupt)))
        if (busy) return refuse('busy', busy)
        const opening = steps.findLast(
          (other, index) =>
            index < steps.indexOf(step) &&
            awaited.has(keyOf(other)) &&
            other.transcript.pane === step.transcript.pane,
        )
        if (opening && step.kind === 'interrupt' && !(await isOver(awaited.get(keyOf(opening))!)))
          return refuse('above', `${opening.transcript.pane} has not printed what is shown above yet.`)
        // Before anything is forgotten: what is refused changes nothing.
        if (step.kind === 'shell') names.fill(step)
        if (step.kind === 'interrupt' && !executions.has(step.transcript.pane)) throw new NothingRuns(step)
        if (step.kind !== 'output') forget(step, steps)
        const limit = step.transcript.timeout * 1000
        const verdict = await (awaited.get(keyOf(step)) ?? perform(step, limit))
        if (!verdict?.ok) return undefined
        awaitOutput(step, steps)
      }
    } catch (error) {
      const text = (error as Error).message
      const isAbove = error instanceof UnknownName || error instanceof NothingRuns
      return refuse(isAbove ? 'above' : 'failed', text)
    } finally {
      if (underWay.get(keyOf(target)) === way) underWay.delete(keyOf(target))
    }
    return undefined
  }

  /** Runs one step and judges it; undefined when it was abandoned for another. */
  async function perform(step: Step, timeoutMs: number): Promise<Verdict | undefined> {
    const { transcript } = step
    const pane = await options.pane(transcript.pane)
    const execution = step.kind === 'shell' ? begin(pane, step) : executions.get(pane.name)
    if (!execution) throw new NothingRuns(step)
    if (step.kind !== 'output') options.on?.(pane.name, { type: 'state', state: pane.state, ...idsOf(step) })

    if (step.kind === 'shell') {
      await idle(pane, INTERRUPT_MS)
      // A line that was half typed by hand.
      pane.write('\x05\x15')
      typing.add(pane.name)
      await execution.type(names.fill(step), timeoutMs)
      typing.delete(pane.name)
      if (execution.asked === 'more') return conclude(step, execution, await incomplete(execution))
    }
    if (step.kind === 'interrupt' && execution.ended === undefined) pane.write('\x03')
    return judgeStep(step, execution, timeoutMs)
  }

  async function judgeStep(
    step: Step,
    execution: Execution,
    timeoutMs: number,
  ): Promise<Verdict | undefined> {
    const judgement = await judge(step, execution, timeoutMs, { proc, bindings: names.all, othersAtRest })
    // Abandoned; or somebody else waited for the same end, and was first.
    if (!judgement || execution.closed) return verdicts.get(keyOf(step))
    return conclude(step, execution, judgement)
  }

  function typed(pane: Pane, text: string): void {
    if (typing.has(pane.name)) return
    const lesson = options.lesson()
    const same = lesson.transcripts.flatMap(stepsOf).filter(step => isTyped(step, pane, text))
    const step = same.find(step => !verdicts.get(keyOf(step))?.ok) ?? same[0]
    if (!step) return
    const steps = transcriptsFor(lesson, step.transcript.lang).flatMap(stepsOf)
    forget(step, steps)
    const execution = begin(pane, step, true)
    options.on?.(pane.name, { type: 'state', state: pane.state, ...idsOf(step) })
    void judgeStep(step, execution, step.transcript.timeout * 1000).then(verdict => {
      if (verdict?.ok) awaitOutput(step, steps)
    })
  }

  function isTyped(step: Step, pane: Pane, text: string): boolean {
    if (step.kind !== 'shell' || step.transcript.pane !== pane.name || skipped[step.transcript.id])
      return false
    return squeeze(fillCommand(step.input, names.all()).input.join('\n')) === squeeze(text)
  }

  function begin(pane: Pane, step: Step, byHand = false): Execution {
    names.fill(step)
    executions.get(pane.name)?.close()
    const execution = createExecution(pane, step.line, byHand)
    executions.set(pane.name, execution)
    return execution
  }

  /** The shell wants more than the transcript has: back to the prompt. */
  async function incomplete({ pane }: Execution): Promise<Judgement> {
    pane.write('\x03')
    await idle(pane, INTERRUPT_MS)
    return {
      ok: false,
      why: 'incomplete',
      message: 'the command is not complete: the shell waits for the rest of it',
    }
  }

  function conclude(step: Step, execution: Execution, judgement: Match | Judgement): Verdict {
    const { ended } = execution
    let outcome: Judgement = judgement.ok ? { ok: true } : judgement
    if (judgement.ok) {
      const expected = step.expectation.status ?? 0
      if (ended !== undefined && ended !== expected)
        outcome = {
          ok: false,
          why: 'status',
          message: `${what(step)} has ended with ${ended}, expected ${expected}`,
        }
      else claim(step, execution, judgement as Match & { ok: true })
    }
    if (!outcome.ok && execution.flooded) outcome.message = `${outcome.message}; it printed more than is kept`
    if (ended !== undefined) {
      executions.delete(execution.pane.name)
      execution.close()
    }
    lastSteps.set(execution, step)
    const others = outcome.ok ? [] : endedOthers(execution)
    const verdict: Verdict = {
      ...idsOf(step),
      line: outcome.line ?? step.line,
      ok: outcome.ok,
      why: outcome.why,
      message: outcome.ok ? undefined : [outcome.message, ...others].join('. '),
      expected: outcome.expected,
      actual: outcome.actual,
      status: ended,
      bound: names.shownBy(step),
    }
    verdicts.set(keyOf(step), verdict)
    options.on?.(step.transcript.pane, { type: 'verdict', verdict })
    return verdict
  }

  function claim(step: Step, execution: Execution, match: Match & { ok: true }): void {
    execution.claim(match)
    execution.open = step.expectation.patterns.at(-1)?.rest ?? execution.open
    names.bind(step, match.bound)
  }

  /** A program that is just ending, and so has made another one fail, has its say. */
  async function othersAtRest(failed: Execution): Promise<void> {
    const others = [...executions.values()].filter(
      execution => execution !== failed && execution.ended === undefined,
    )
    await Promise.all(others.map(other => rest(other, proc)))
  }

  /** What a failure elsewhere may come from. */
  function endedOthers(failed: Execution): string[] {
    return [...executions.values()]
      .filter(execution => execution !== failed && execution.ended !== undefined)
      .map(({ pane, line, ended, output }) => {
        const last = output().lines.at(-1)
        return `${pane.name} (line ${line}) has ended with ${ended}${last ? `: ${last}` : ''}`
      })
  }

  /** At the end of the page: programs that were to go on, and do not, or have printed what no fence shows. */
  async function unclaimed(): Promise<{ transcript: Transcript; verdict: Verdict }[]> {
    // One that is just ending has its say.
    await Promise.all([...executions.values()].map(execution => rest(execution, proc)))
    return [...executions.values()].flatMap(execution => {
      const step = lastSteps.get(execution)
      if (!step) return []
      const rest: Step = { ...step, expectation: { line: step.line, patterns: [] } }
      const match = compare(rest, execution, names.all(), execution.ended !== undefined)
      const extra = execution.output().lines.length > 0 && !execution.open
      if (execution.ended === undefined && !extra) return []
      const message =
        execution.ended === undefined
          ? 'it has printed more, which no fence shows'
          : `${what(step)} has ended with ${execution.ended}; no fence shows it`
      return [
        {
          transcript: step.transcript,
          verdict: conclude(step, execution, { ...failureOf(match), why: 'extra', message }),
        },
      ]
    })
  }

  /** Whether a step above the one that is asked for has to run for it. */
  function isNeeded(step: Step, between: Step[]): boolean {
    if (skipped[step.transcript.id]) return false
    if (!verdicts.get(keyOf(step))?.ok) return true
    if (!step.live) return false
    const execution = executions.get(step.transcript.pane)
    const claimed = between.some(
      later => later.transcript.pane === step.transcript.pane && verdicts.get(keyOf(later))?.ok,
    )
    // None while the pane's command is still on its way to its first verdict.
    const last = execution && lastSteps.get(execution)
    return !claimed && (!last || execution.ended !== undefined || keyOf(last) !== keyOf(step))
  }

  /** Whether output that is awaited has its verdict: it may be on its way, for the command that brings it about has ended. */
  function isOver(output: Promise<unknown>): Promise<boolean> {
    return Promise.race([output.then(() => true), delay(ON_ITS_WAY_MS, false, { ref: false })])
  }

  /** @returns why the pane cannot be typed into */
  async function makeIdle(step: Step, interrupt: boolean): Promise<string | undefined> {
    const pane = await options.pane(step.transcript.pane)
    if (pane.state === 'idle') return undefined
    if (!interrupt) return busyWith(pane, step)
    // A program that is just starting may not take it yet; nor does a shell that is about to start one.
    await settle(proc, pane.shell)
    pane.write('\x03')
    if (await idle(pane, INTERRUPT_MS)) {
      // The page's own Ctrl-C, if one is next, has been pressed by this.
      await interrupts.get(pane.name)
      return undefined
    }
    return `${pane.name} does not end at Ctrl-C: end its program by hand.`
  }

  /** What a pane that is not at its prompt runs, for who wants to run `step` there. */
  function busyWith(pane: Pane, step: Step): string {
    const execution = executions.get(pane.name)
    const line = execution?.ended === undefined ? execution?.line : undefined
    if (line === step.line) return `This runs in ${pane.name} already.`
    const running = options
      .lesson()
      .transcripts.flatMap(stepsOf)
      .find(other => other.line === line)
    return running
      ? `\`${running.input[0]}\` still runs in ${pane.name}.`
      : `A program still runs in ${pane.name}.`
  }

  /** A step that runs again takes back what it and all that follow have bound and shown. */
  function forget(step: Step, steps: Step[]): void {
    const later = steps.slice(steps.findIndex(other => keyOf(other) === keyOf(step)))
    const fences = new Set<string>()
    for (const other of later) {
      if (verdicts.delete(keyOf(other))) fences.add(other.transcript.id)
      names.forget(other)
    }
    // The commands before it in its own transcript stay as they are.
    for (const verdict of verdicts.values()) fences.delete(verdict.fence)
    if (fences.size > 0) options.on?.(step.transcript.pane, { type: 'forget', fences: [...fences] })
  }

  /** Opening output that follows in the pane passes by itself when it comes, and so does a Ctrl-C pressed by hand. */
  function awaitOutput(step: Step, steps: Step[]): void {
    const execution = executions.get(step.transcript.pane)
    if (!execution || !step.live) return
    const next = steps
      .slice(steps.findIndex(other => keyOf(other) === keyOf(step)) + 1)
      .find(other => other.transcript.pane === step.transcript.pane && !skipped[other.transcript.id])
    if (next?.kind === 'output') {
      const verdict = perform(next, Number.POSITIVE_INFINITY).catch(() => undefined)
      awaited.set(keyOf(next), verdict)
      void verdict.then(result => {
        awaited.delete(keyOf(next))
        if (result?.ok) awaitOutput(next, steps)
      })
    }
    if (next?.kind === 'interrupt') interrupts.set(execution.pane.name, awaitInterrupt(next, execution))
  }

  async function awaitInterrupt(step: Step, execution: Execution): Promise<void> {
    while (execution.ended === undefined && !execution.closed)
      await execution.change(Number.POSITIVE_INFINITY)
    if (!execution.closed && execution.interrupted && !verdicts.has(keyOf(step))) await perform(step, 0)
  }
}

/** @returns whether the pane came to its prompt within `timeoutMs` */
async function idle(pane: Pane, timeoutMs: number): Promise<boolean> {
  if (pane.state === 'idle') return true
  return new Promise(resolve => {
    const timer = setTimeout(() => done(false), timeoutMs)
    const unlisten = pane.listen(event => {
      if (event.kind === 'state' && event.state === 'idle') done(true)
    })
    function done(came: boolean) {
      clearTimeout(timer)
      unlisten()
      resolve(came)
    }
  })
}
