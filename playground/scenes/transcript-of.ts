/** Writes what was done in a scene as the fences of a lesson, so that they are true in another run as well. Pure. */
import { escapeLine } from '../format/placeholder.ts'
import { type Deed, inBackground, type Moment } from './journal.ts'

/** Lines of an output that stand on the page; of a longer one the first ones do. */
const MAX_SHOWN = 12
/** How a program of the course says who it is: this number is another one in each run. */
const WHO = /\b(worker|parent|pid)([ =])(\d+)\b(?!:)/g
/** Commands whose numbers are those of processes. */
const NAMES_PROCESSES = /\b(?:kill|strace|ps|lsof|taskset|renice)\b|\/proc\//
/** What Node and Python print of an error; the lines around it are theirs. */
const ERROR = /^\s*(?:\w+: )?\w*(?:Error|Exception)\b.*/

/** @param pids of the processes that there are now: what has ended in the background may have told nobody */
export function transcriptOf(moments: readonly Moment[], pids: ReadonlySet<number>): string {
  const names = createNames()
  const fences: Fence[] = []
  /** Deeds whose command stands in a fence that is `running`. */
  const running = new Set<Deed>()
  const panes = panesOf(moments)

  for (const [index, { kind, deed }] of moments.entries()) {
    if (kind === 'begin') begin(deed, index)
    else if (running.delete(deed)) end(deed)
  }
  for (const deed of running) if (hasGone(deed)) end(deed)
  return fences.map(textOf).join('\n')

  function begin(deed: Deed, index: number): void {
    bindFor(deed.command)
    const pane = panes.get(deed)!
    const next = moments[index + 1]
    const isOver = next?.kind === 'end' && next.deed === deed && !deed.isInterrupted
    const before = fences.at(-1)
    const fence =
      before && before.pane === pane && !before.running ? before : { pane, running: false, lines: [] }
    if (fence !== before) fences.push(fence)
    fence.running = !isOver
    const [first = '', ...more] = names.fill(commandOf(deed) + (hasGone(deed) ? ' || true' : '')).split('\n')
    fence.lines.push(`$ ${first}`, ...more.map(line => `> ${line}`))
    if (!isOver) running.add(deed)
    // What came before anything else was done: what came later may have come of that.
    const printed = deed.printed.filter(({ at }) => isOver || at <= index + 1).map(({ text }) => text)
    const shown = shownOf(deed, printed, isOver)
    fence.lines.push(...shown, ...statusOf(isOver ? deed : undefined))
    fence.any = fence.running && shown.filter(line => line !== '...').length > 1
  }

  /** With a status that is not known. */
  function hasGone({ pid, status }: Deed): boolean {
    return pid !== undefined && status === undefined && !pids.has(pid)
  }

  function end(deed: Deed): void {
    const press = deed.isInterrupted ? ['^C', '...'] : []
    fences.push({ pane: panes.get(deed)!, running: false, lines: ['...', ...press, ...statusOf(deed)] })
  }

  /** A process that the command names, and that has said who it is when another thing had been done. */
  function bindFor(command: string): void {
    for (const pid of pidsIn(command)) {
      if (names.has(pid)) continue
      for (const deed of running) {
        const line = deed.printed.find(({ text }) => saysWho(text, pid))
        if (!line) continue
        const who = names.bind(withoutPrompt(line.text), commandOf(deed))
        fences.push({ pane: panes.get(deed)!, running: true, lines: ['...', who, '...'] })
        break
      }
    }
  }

  function shownOf(deed: Deed, printed: readonly string[], isOver: boolean): string[] {
    if (isOver && deed.status !== 0) {
      const error = printed.find(text => ERROR.test(text))
      if (error !== undefined) return ['...', names.bind(error, deed.command), '...']
    }
    // Of a program that goes on only who it is: when the rest comes is a matter of time.
    const lines = isOver ? printed : printed.filter(text => text.search(WHO) >= 0).map(withoutPrompt)
    const shown = lines.slice(0, MAX_SHOWN).map(text => names.bind(text, commandOf(deed)))
    const isAll = isOver && !deed.isCut && shown.length === lines.length
    return isAll ? shown : [...shown, '...']
  }
}

interface Fence {
  pane: string
  running: boolean
  /** Its lines come in any order. */
  any?: boolean
  lines: string[]
}

function textOf({ pane, running, any, lines }: Fence): string {
  const words = [`pane=${pane}`, ...(running ? ['running'] : []), ...(any ? ['order=any'] : [])]
  return `${fenced(`console ${words.join(' ')}`, lines.join('\n'))}\n`
}

/** A block of code, whatever stands in it. */
export function fenced(info: string, text: string): string {
  const ticks = Math.max(2, ...(text.match(/^ *`+/gm) ?? []).map(run => run.trim().length)) + 1
  return [`${'`'.repeat(ticks)}${info}`, text, '`'.repeat(ticks)].join('\n')
}

/** What goes on in the background has a pane to itself, or its output would come in the middle of another one's. */
function panesOf(moments: readonly Moment[]): Map<Deed, string> {
  const panes = new Map<Deed, string>()
  const taken = new Set(moments.map(({ deed }) => deed.pane))
  for (const { deed } of moments) {
    if (panes.has(deed)) continue
    let name = deed.pane
    for (let count = 2; inBackground(deed.command) && taken.has(name); count++)
      name = `${deed.pane.slice(0, 27)}-${count}`
    taken.add(name)
    panes.set(deed, name)
  }
  return panes
}

function commandOf({ command }: Deed): string {
  return inBackground(command) ? command.replace(/\s*&\s*$/, '') : command
}

function statusOf(deed: Deed | undefined): string[] {
  return deed?.status ? [`[${deed.status}]`] : []
}

/** What comes from the background stands behind the prompt that waits. */
function withoutPrompt(text: string): string {
  return text.replace(/^\$ /, '')
}

function pidsIn(command: string): string[] {
  return NAMES_PROCESSES.test(command) ? (command.match(/(?<![\w.-])\d+\b/g) ?? []) : []
}

function saysWho(text: string, pid: string): boolean {
  return [...text.matchAll(WHO)].some(([, , , number]) => number === pid)
}

/** Numbers of processes that have a name: `a`, `b`, … */
function createNames() {
  const names = new Map<string, string>()

  return {
    has: (pid: string) => names.has(pid),
    /** Puts names in place of the numbers of processes. */
    fill(command: string): string {
      return pidsIn(command).reduce((text, pid) => {
        const name = names.get(pid)
        return name ? text.replace(new RegExp(`(?<![\\w.<-])${pid}\\b`), `<${name}>`) : text
      }, command)
    },
    /** A line as it is to be expected: what differs from run to run is a placeholder. */
    bind(text: string, command: string): string {
      const whole = escapeLine(text.trimEnd()).replace(
        WHO,
        (_, word: string, between: string, pid: string) => {
          const known = names.get(pid)
          if (!known) names.set(pid, nameOf(names.size))
          return `${word}${between}<${names.get(pid)}${known ? '' : ':pid'}>`
        },
      )
      const literal = new Set(command.match(/\d+(?:\.\d+)?/g))
      return whole.replace(
        /(<[^>]*>)|(\d+(?:\.\d+){3}:8080\b)|(?<![\w.:-])(\d+)(\.\d+)?(?![\w.]*\w)|(?<=\d:)(\d+)\b/g,
        (all, name, place, int, fraction, port) => {
          if (name || place || literal.has(all)) return all
          if (port !== undefined) return /^0/.test(port) ? all : '<_:int>'
          if (/^0\d/.test(int)) return all
          return fraction ? '<_:float>' : '<_:int>'
        },
      )
    },
  }
}

/** `a` … `z`, `a1` … */
function nameOf(index: number): string {
  const letter = String.fromCharCode('a'.charCodeAt(0) + (index % 26))
  return index < 26 ? letter : `${letter}${Math.floor(index / 26)}`
}
