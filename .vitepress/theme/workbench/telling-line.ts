/** Which line of what a terminal shows says most. Pure. */

/** How an error begins that Node, Python or strace prints, or a program about itself. */
const ERROR =
  /^\w*(?:Error|Exception)\b.*:|= -1 E[A-Z]+|^[\w./-]+: .*(?:\bE[A-Z]{4,}\b|already in use|not found|denied)/
const PROMPT = /^[$>] /

/**
 * @param lines of a terminal, the last one is where the cursor stands
 * @returns where the first error is that the last command has printed; -1 where there is none
 */
export function errorLine(lines: readonly string[]): number {
  const begin = commandLine(lines)
  const index = lines.slice(begin + 1).findIndex(line => ERROR.test(line))
  return index < 0 ? -1 : begin + 1 + index
}

/** @returns the line that stands for all when there is room for one: an error, else the last that was printed */
export function tellingLine(lines: readonly string[]): number {
  const error = errorLine(lines)
  if (error >= 0) return error
  const last = lines.findLastIndex(line => line.trim() !== '' && line.trim() !== '$')
  return Math.max(last, 0)
}

/** The last command that was typed; -1 where none is seen. */
function commandLine(lines: readonly string[]): number {
  return lines.findLastIndex(line => PROMPT.test(line) && line.length > 2)
}
