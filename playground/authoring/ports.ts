/** Ports that pages need, and whether they are free: asked where there is no sandbox. */
import { readFile } from 'node:fs/promises'
import type { Lesson } from '../format/lesson.ts'
import { literalText } from '../format/transcript.ts'
import { allTranscripts } from '../format/way.ts'
import { LISTEN, parseSockets } from '../machine/net-tables.ts'
import { StartError } from '../start-error.ts'

/**
 * Without a sandbox a page has the machine's ports: one that is taken would make it fail for a reason not its own.
 *
 * @throws {StartError} in one line
 */
export async function assertFreePorts(lessons: Lesson[]): Promise<void> {
  const taken = await takenPorts([...new Set(lessons.flatMap(portsOf))])
  if (taken.length === 0) return
  const one = taken.length === 1
  const filter = taken.map(port => `sport = :${port}`).join(' or ')
  throw new StartError(
    `port${one ? '' : 's'} ${taken.join(', ')} ${one ? 'is' : 'are'} taken, and without a sandbox the pages need ` +
      `${one ? 'it' : 'them'} free; see who listens: ss -ltnp '${filter}'; npm run doctor says how to get a sandbox`,
  )
}

/** Ports that a page's transcripts name, in a command or in what it prints: behind an address, or `--port`. */
export function portsOf(lesson: Lesson): number[] {
  const text = allTranscripts(lesson).map(literalText).join('\n')
  const ports = [...text.matchAll(PORT)].map(([, port]) => Number(port)).filter(port => port <= 65_535)
  return [...new Set(ports)].sort((a, b) => a - b)
}

/** Those of the ports on which somebody listens, on whatever address. */
export async function takenPorts(ports: number[]): Promise<number[]> {
  const names = ['tcp', 'tcp6'] as const
  const tables = await Promise.all(
    // The second one is missing where IPv6 is switched off.
    names.map(name =>
      readFile(`/proc/net/${name}`).then(
        table => parseSockets(table, name),
        () => [],
      ),
    ),
  )
  const taken = new Set(tables.flat().flatMap(({ state, port }) => (state === LISTEN ? port : [])))
  return ports.filter(port => taken.has(port))
}

/** Four digits or more: a smaller number behind a colon is a line or a time, and a port that root alone binds. */
const PORT = /(?:(?:^|\s|\d\.\d+|\]|\*|localhost):|--port[ =])([1-9]\d{3,4})(?!\d)/gm
