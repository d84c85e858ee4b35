/** Finds a pane's own OSC 133 marks in the bytes its shell prints. Pure; sequences may be split anywhere. */

export type Mark =
  /** The prompt is printed and the shell reads; `continuation`: it wants the rest of a command. */
  | { kind: 'prompt'; continuation: boolean; shell?: number }
  /** What was typed, before it runs; newlines as typed. */
  | { kind: 'command'; text: string }
  /** A command's output begins. */
  | { kind: 'start' }
  /** The command has ended, or there was none (a syntax error, an empty line, Ctrl-C at the prompt). */
  | { kind: 'end'; status: number }

export interface MarkListener {
  /** Bytes between marks, in order. */
  output(bytes: Buffer): void
  mark(mark: Mark): void
}

const OPEN = '\x1b]133;'
/** Of it; colours begin with ESC too, and in a flood of them a search for it would stop at each. */
const TAIL = OPEN.slice(1)
/** As `history 1` prints it, with its number. */
const COMMAND = /^E;aid=(\w+);\s*\d+\*?\s*(.*)$/s
const GRAMMAR = /^[A-D](;[\w=.,]+)*$/
/** Longer than any of our marks: what does not close within it is not one. */
const LONGEST = 4096
const NOTHING = Buffer.alloc(0)

/** @param aid the pane's own word; marks without it are output like any other */
export function createMarkScanner(aid: string, listener: MarkListener): (bytes: Buffer) => void {
  let held: Buffer = NOTHING
  let shell: number | undefined
  /** When the last prompt was made, in its shell's words. */
  let made: string | undefined

  return bytes => {
    if (held.length === 0 && bytes.indexOf(0x1b) === -1) return emit(bytes)
    const data = held.length > 0 ? Buffer.concat([held, bytes]) : bytes
    let from = 0
    let search = 0
    for (;;) {
      const open = findOpen(data, search)
      if (open === -1) break
      const close = data.subarray(open, open + LONGEST).indexOf(7)
      if (close === -1) {
        if (data.length - open >= LONGEST) {
          search = open + OPEN.length
          continue
        }
        emit(data.subarray(from, open))
        held = Buffer.from(data.subarray(open))
        return
      }
      const mark = parse(data.toString('latin1', open + OPEN.length, open + close))
      if (!mark) {
        // Ours may begin inside of what only looks like one.
        search = open + OPEN.length
        continue
      }
      search = open + close + 1
      emit(data.subarray(from, open))
      from = search
      if (mark !== 'ours') listener.mark(mark)
    }
    const rest = Math.max(from, search)
    const tail = beginning(data, rest)
    emit(data.subarray(from, data.length - tail))
    held = tail > 0 ? Buffer.from(data.subarray(data.length - tail)) : NOTHING
  }

  function emit(bytes: Buffer): void {
    if (bytes.length > 0) listener.output(bytes)
  }

  /** `ours`: a mark of this pane that says nothing by itself, or again. */
  function parse(text: string): Mark | 'ours' | undefined {
    const command = COMMAND.exec(text)
    if (command?.[1] === aid) return { kind: 'command', text: Buffer.from(command[2]!, 'latin1').toString() }
    const [letter, ...words] = text.split(';')
    if (!GRAMMAR.test(text) || !words.includes(`aid=${aid}`)) return undefined
    const pid = words.find(word => word.startsWith('pid='))
    if (pid) shell = Number(pid.slice(4))
    if (letter === 'B') {
      const at = words.find(word => word.startsWith('at='))?.slice(3)
      const isDrawnAnew = Boolean(at) && at === made
      made = at
      return isDrawnAnew ? 'ours' : { kind: 'prompt', continuation: words.includes('k=s'), shell }
    }
    if (letter === 'C') return { kind: 'start' }
    if (letter === 'D') return { kind: 'end', status: Number(words[0]) }
    return 'ours'
  }
}

function findOpen(data: Buffer, from: number): number {
  for (let at = from + 1; ; at++) {
    at = data.indexOf(TAIL, at, 'latin1')
    if (at === -1) return -1
    if (data[at - 1] === 0x1b) return at - 1
  }
}

/** Length of the longest end of `data` (not before `from`) that could be the beginning of a mark. */
function beginning(data: Buffer, from: number): number {
  const last = data.lastIndexOf(0x1b)
  if (last < from || data.length - last >= OPEN.length) return 0
  for (let length = Math.min(OPEN.length - 1, data.length - from); length > 0; length--) {
    if (data.toString('latin1', data.length - length) === OPEN.slice(0, length)) return length
  }
  return 0
}
