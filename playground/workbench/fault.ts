/** Where a script has failed, read from what Node and Python print when an error ends them. Pure. */

import type { FileFault } from '../protocol.ts'

export type Fault = Omit<FileFault, 'version'>

const PYTHON = { begin: /^Traceback \(most recent call last\):$/, place: /^ {2}File "(.+)", line (\d+)/ }
const NODE = {
  /** It says so when an error has ended it, and not when a program prints one. */
  end: /^Node\.js v\d/,
  /** Above the line of the script that it shows. */
  head: /^(?:file:\/\/)?(\/.+):(\d+)$/,
  frame: /^ {4}at (?:.*[( ])?(?:file:\/\/)?(\/[^()]+):(\d+):\d+\)?/,
}
/** Somebody has ended it. */
const NO_FAULT = /^KeyboardInterrupt/

/**
 * The last error in a program's output, at the innermost place of it that is the reader's own.
 *
 * @param lines as people see them
 * @param folder of the scripts, as their programs see it; what lies elsewhere is nobody's to mend
 */
export function faultIn(lines: readonly string[], folder: string): Fault | undefined {
  const python = lines.findLastIndex(line => PYTHON.place.test(line))
  const node = lines.findLastIndex(line => NODE.end.test(line))
  const fault =
    python > node
      ? inPython(lines, python, folder)
      : node >= 0
        ? inNode(lines.slice(0, node), folder)
        : undefined
  return fault && !NO_FAULT.test(fault.message) ? fault : undefined
}

/** The innermost place comes last, and behind it what went wrong. */
function inPython(lines: readonly string[], last: number, folder: string): Fault | undefined {
  const message = lines.slice(last + 1).find(line => /^\S/.test(line))
  const begin = lines.findLastIndex((line, index) => index < last && PYTHON.begin.test(line))
  const places = lines
    .slice(Math.max(begin, 0), last + 1)
    .flatMap(line => placeIn(PYTHON.place, line, folder))
  return faultOf(places.at(-1), message)
}

/** Where a script cannot be read the place stands above; else the innermost one comes first. */
function inNode(lines: readonly string[], folder: string): Fault | undefined {
  const head = lines.findLastIndex(line => placeIn(NODE.head, line, folder).length > 0)
  const first = lines.findIndex((line, index) => index > head && /^ {4}at /.test(line))
  if (first < 0) return undefined
  // Not those of other errors that it holds.
  const rest = lines.slice(first).findIndex(line => !/^ {4}at /.test(line))
  const frames = lines.slice(first, rest < 0 ? undefined : first + rest)
  const [place = placeIn(NODE.head, lines[head] ?? '', folder)[0]] = frames.flatMap(line =>
    placeIn(NODE.frame, line, folder),
  )
  const above = lines.slice(0, first).findLastIndex(line => line.trim() === '')
  return faultOf(place, lines[above + 1])
}

function placeIn(pattern: RegExp, line: string, folder: string): { path: string; line: number }[] {
  const [, place = '', number = ''] = pattern.exec(line) ?? []
  const path = place.startsWith(`${folder}/`) ? place.slice(folder.length + 1) : place
  const isOurs =
    path !== '' && !path.startsWith('/') && !path.startsWith('<') && !path.split('/').includes('..')
  return isOurs ? [{ path, line: Number(number) }] : []
}

function faultOf(place: { path: string; line: number } | undefined, message: string | undefined) {
  return place && message !== undefined ? { ...place, message: message.slice(0, 300) } : undefined
}
