import type { Printed } from '../../../playground/format/printed.ts'

type Line = Printed & { text: string }

/** A printed line in pieces, and what its values had to be in one note: `expected 421–579`. */
export interface PrintedLine {
  pieces: { text: string; varies: boolean }[]
  expected?: string
}

/** What `...` stands for stays as it is. */
export function printedPieces(line: Printed): PrintedLine | Exclude<Printed, Line> {
  if ('folded' in line) return line
  const { text, values } = line
  const pieces: PrintedLine['pieces'] = []
  let at = 0
  for (const { from, to } of values) {
    pieces.push({ text: text.slice(at, from), varies: false }, { text: text.slice(from, to), varies: true })
    at = to
  }
  pieces.push({ text: text.slice(at), varies: false })
  const bounds = values.flatMap(({ expected }) => expected ?? [])
  return {
    pieces: pieces.filter(({ text }) => text !== ''),
    ...(bounds.length > 0 && { expected: `expected ${bounds.join(', ')}` }),
  }
}
