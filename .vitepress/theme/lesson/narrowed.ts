import type { Printed } from '../../../playground/format/printed.ts'

type Line = Extract<Printed, { text: string }>

/** Blanks that are left between two columns. */
const GAP = 2

/**
 * What was printed without the blanks that all lines of a table have in the same places, but for two: `ss` pads for the
 * width of a terminal, and a box of prose is narrower. What was aligned stays aligned. A table is lines that follow
 * each other, each with a wide gap.
 */
export function narrowed(printed: readonly Printed[]): Printed[] {
  const isPadded = (line: Printed | undefined) =>
    line !== undefined && 'text' in line && / {3}\S/.test(line.text)
  const result: Printed[] = []
  for (let at = 0; at < printed.length; ) {
    let end = at + 1
    if (isPadded(printed[at])) while (isPadded(printed[end])) end++
    const lines = printed.slice(at, end)
    result.push(...(isPadded(lines[0]) ? withoutGaps(lines as Line[]) : lines))
    at = end
  }
  return result
}

function withoutGaps(lines: Line[]): Printed[] {
  const length = Math.max(...lines.map(({ text }) => text.length))
  /** By offset: how many characters before it are left out. */
  const gone: number[] = [0]
  let blanks = 0
  for (let at = 0; at < length; at++) {
    blanks = lines.every(({ text }) => (text[at] ?? ' ') === ' ') ? blanks + 1 : 0
    gone.push(gone.at(-1)! + (blanks > GAP ? 1 : 0))
  }
  return lines.map(line => ({
    ...line,
    text: keep(line.text, gone),
    values: line.values.map(value => ({
      ...value,
      from: value.from - gone[value.from]!,
      to: value.to - gone[value.to]!,
    })),
  }))
}

function keep(text: string, gone: number[]): string {
  return text
    .split('')
    .filter((_, at) => gone[at + 1] === gone[at])
    .join('')
}
