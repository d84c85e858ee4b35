/** What was done in the panes of a scene, by hand or by a click: commands, what they printed, how they ended. */
import { StringDecoder } from 'node:string_decoder'
import { Normalizer } from '../format/output.ts'
import type { Pane } from '../terminal/pane.ts'

export interface Deed {
  pane: string
  /** As it was typed, newlines included. */
  command: string
  /** As people see it; `at` is the number of moments of the journal when it came. */
  printed: { text: string; at: number }[]
  /** It has printed more than is kept. */
  isCut: boolean
  /** In the background. */
  pid?: number
  /** Once it has ended. */
  status?: number
  /** By Ctrl-C. */
  isInterrupted: boolean
}

/** A deed begins or ends. */
export interface Moment {
  kind: 'begin' | 'end'
  deed: Deed
}

export interface Journal {
  /** Writes down what happens in this pane from now on. */
  follow(pane: Pane): void
  /** In order. */
  moments(): readonly Moment[]
}

/** Deeds that are kept; what comes after them is not. */
const MAX_DEEDS = 200
/** Of what one of them prints: lines that are kept, and characters that are looked at. */
const MAX_LINES = 60
const MAX_CHARACTERS = 16 * 1024

/** Of what bash says of its jobs: longer than any line of it. */
const MAX_HEARD = 512
/** `[1]+  Exit 3                  node own.ts`. */
const NOTICE = /\[(\d+)\][-+ ] {2}(Done|Exit \d+|Terminated|Killed|Hangup|Interrupt) .*/g

export function createJournal(): Journal {
  const moments: Moment[] = []
  let deeds = 0

  return {
    follow(pane) {
      let open: Open | undefined
      /** In the background, by the shell's number. */
      const jobs = new Map<string, Open>()
      let typed = ''
      /** What bash has said lately. */
      let heard = ''

      pane.listen(event => {
        if (event.kind === 'command') typed = event.text
        if (event.kind === 'start') open = begin()
        if (event.kind === 'output') print(event.bytes)
        if (event.kind === 'interrupt') open?.interrupt()
        if (event.kind === 'end' || event.kind === 'exit') end(event.status)
        if (event.kind === 'closed') open = undefined
      })

      function print(bytes: Uint8Array): void {
        open?.print(bytes, moments.length)
        if (jobs.size === 0) return
        for (const job of jobs.values()) job.print(bytes, moments.length)
        heard = (heard + Buffer.from(bytes).toString('latin1')).slice(-MAX_HEARD)
        for (const [notice, number, how] of heard.matchAll(NOTICE)) {
          heard = heard.replace(notice, '')
          const job = jobs.get(number!)
          jobs.delete(number!)
          if (job) over(job, statusOf(how!))
        }
      }

      function begin(): Open | undefined {
        if (deeds >= MAX_DEEDS || typed.trim() === '') return undefined
        deeds++
        const deed: Deed = {
          pane: pane.name,
          command: typed,
          printed: [],
          isCut: false,
          isInterrupted: false,
        }
        typed = ''
        moments.push({ kind: 'begin', deed })
        return openDeed(deed)
      }

      function end(status: number): void {
        if (!open) return
        const [, job, pid] = /^\[(\d+)\] (\d+)$/.exec(open.deed.printed[0]?.text ?? '') ?? []
        if (inBackground(open.deed.command) && job) {
          jobs.set(job, open)
          open.deed.pid = Number(pid)
        } else over(open, status)
        open = undefined
      }

      function over({ deed, close }: Open, status: number): void {
        close(moments.length)
        deed.status = status
        moments.push({ kind: 'end', deed })
      }
    },
    moments: () => moments,
  }
}

/** `node own.ts &`; not `a && b`. */
export function inBackground(command: string): boolean {
  return /[^&]&\s*$/.test(command)
}

function statusOf(how: string): number {
  const signals = { Hangup: 1, Interrupt: 2, Killed: 9, Terminated: 15 }
  return how in signals ? 128 + signals[how as keyof typeof signals] : Number(/\d+/.exec(how)?.[0] ?? 0)
}

type Open = ReturnType<typeof openDeed>

function openDeed(deed: Deed) {
  const decoder = new StringDecoder('utf8')
  const screen = new Normalizer()
  let left = MAX_CHARACTERS
  let seen = 0

  function take(lines: readonly string[], at: number): void {
    for (const text of lines) {
      if (deed.printed.length < MAX_LINES) deed.printed.push({ text, at })
      else deed.isCut = true
    }
  }

  return {
    deed,
    print(bytes: Uint8Array, at: number): void {
      if (left <= 0) {
        deed.isCut = true
        return
      }
      const text = decoder.write(Buffer.from(bytes)).slice(0, left)
      left -= text.length
      screen.write(text)
      take(screen.lines.slice(seen), at)
      seen = screen.lines.length
    },
    interrupt(): void {
      deed.isInterrupted = true
      screen.pressed()
    },
    close(at: number): void {
      if (screen.partial !== '') take([screen.partial], at)
    },
  }
}
