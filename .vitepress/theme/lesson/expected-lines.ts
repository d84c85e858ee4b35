import type { Part, Pattern, Placeholder } from '../../../playground/format/placeholder.ts'
import { KINDS } from '../ui/placeholder-kinds.ts'

/** A line that is expected, in pieces: text, and words that stand for a value. */
export type Piece = string | { word: string; title: string; known: boolean }

/**
 * Expected lines as a reader sees them before the run. Where they are the rows of a table, three columns or more apart
 * by two blanks, words take as much room as the longest of their column.
 *
 * @param valueFor what a name stands for, once it is known
 * @returns a line for each pattern; empty for `...`
 */
export function expectedLines(
  patterns: Pattern[],
  valueFor: (name: string) => string | undefined,
): Piece[][] {
  const rows = patterns.map(pattern =>
    pattern.rest ? [] : cellsOf(pattern.parts.map(part => piece(part, valueFor))),
  )
  const lines: Piece[][] = []
  for (let at = 0; at < rows.length; ) {
    const columns = rows[at]!.length
    let end = at + 1
    while (columns > 2 && rows[end]?.length === columns) end++
    const table = rows.slice(at, end)
    const varies = table.flat(2).some(piece => typeof piece !== 'string')
    lines.push(...(columns > 2 && varies ? aligned(table) : table.map(joined)))
    at = end
  }
  return lines
}

function piece(part: Part, valueFor: (name: string) => string | undefined): Piece {
  if (typeof part === 'string') return part
  const { name, type, range } = part
  const value = name === undefined ? undefined : valueFor(name)
  return { word: value ?? wordFor(part), title: titleOf(part, value), known: value !== undefined }

  function wordFor({ name = '' }: Placeholder): string {
    if (range) return `${range.low}–${range.high}`
    // A letter says nothing by itself; longer names are words.
    if (name.length > 2 || !type) return name.replaceAll('-', ' ')
    return [KINDS[type].word, name].filter(Boolean).join(' ')
  }
}

function titleOf({ name, type, range }: Placeholder, value: string | undefined): string {
  const what = range ? `a number from ${range.low} to ${range.high}` : type && KINDS[type].what
  const kind = what ? `${what}, different in each run` : 'the same value as above'
  const now = value === undefined ? '' : `. In your run: ${value}`
  return `${name === undefined ? kind : `${name}: ${kind}`}${now}`.replace(/^[a-z]/, c => c.toUpperCase())
}

/** Parts a line where two blanks or more stand; the blanks end a cell. */
function cellsOf(pieces: Piece[]): Piece[][] {
  const cells: Piece[][] = [[]]
  for (const piece of pieces) {
    if (typeof piece !== 'string') {
      cells.at(-1)!.push(piece)
      continue
    }
    for (const text of piece.split(/(?<=[ ]{2})(?=[^ ])/)) {
      cells.at(-1)!.push(text)
      if (/ {2}$/.test(text)) cells.push([])
    }
  }
  return cells
}

function aligned(rows: Piece[][][]): Piece[][] {
  const cells = rows.map(row => row.map(trimmed))
  const widths = cells[0]!.map((_, column) => Math.max(...cells.map(row => lengthOf(row[column]!))))
  return cells.map(row =>
    row.flatMap((cell, column) => {
      if (column === row.length - 1) return cell
      return [...cell, ' '.repeat(widths[column]! - lengthOf(cell) + 2)]
    }),
  )
}

/** Without the blanks that end it. */
function trimmed(cell: Piece[]): Piece[] {
  const last = cell.at(-1)
  return typeof last === 'string' ? [...cell.slice(0, -1), last.trimEnd()] : cell
}

function joined(row: Piece[][]): Piece[] {
  return row.flat()
}

function lengthOf(cell: Piece[]): number {
  return cell.reduce((sum, piece) => sum + (typeof piece === 'string' ? piece : piece.word).length, 0)
}
