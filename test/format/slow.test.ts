import { expect, test } from 'vitest'
import { parseLesson } from '../../playground/format/lesson.ts'
import { slowLesson } from '../../playground/format/slow.ts'
import type { Transcript } from '../../playground/format/transcript.ts'

const FENCE = '```'

/** One transcript of a slow lesson; `info` and what its command prints. */
function slow(info: string, ...output: string[]): Transcript {
  const text = `${FENCE}console ${info}\n$ true\n${output.join('\n')}\n${FENCE}\n`
  return slowLesson(parseLesson(text, 'page.md'), 10).transcripts[0]!
}

/** Which placeholders are held to a range. */
function ranges({ commands }: Transcript): string[] {
  const parts = commands[0]!.expectation.patterns.flatMap(pattern => (pattern.rest ? [] : pattern.parts))
  return parts.flatMap(part => (typeof part !== 'string' && part.range ? part.source : []))
}

test('a command may take ten times as long', () => {
  expect(slow('timeout=60').timeout).toBe(600)
  expect(slow('').timeout).toBe(300)
})

test.each<[what: string, info: string, line: string, unjudged: number, held: string[]]>([
  ['a number of connections', '', 'worker 4  <421..579>', 0, ['<421..579>']],
  ['milliseconds', '', 'total  4 in <1000..5000> ms', 1, []],
  ['seconds without a blank', '', 'timer:(timewait,<10..59>sec,0)', 1, []],
  ['a time with a name', '', 'it took <n:1..5> s, <n> in words', 1, []],
  ['a word that only begins like a unit', '', '<1..4> streams', 0, ['<1..4>']],
  ['one of two', '', '<1..4> workers in <1..9> ms', 1, ['<1..4>']],
  ['all of what measures', 'alone', 'own  <18..82>  <0..300>', 2, []],
])('%s', (_, info, line, unjudged, held) => {
  const transcript = slow(info, line)
  expect(transcript.unjudged).toBe(unjudged)
  expect(ranges(transcript)).toEqual(held)
})

test('output that a fence opens with as well; the text, and so the id, stays', () => {
  const text = `${FENCE}console running\n$ a\n${FENCE}\n\n${FENCE}console\nin <1..2> ms\n${FENCE}\n`
  const lesson = parseLesson(text, 'page.md')
  const { transcripts } = slowLesson(lesson, 2)
  expect(transcripts.map(({ unjudged }) => unjudged)).toEqual([0, 1])
  expect(transcripts.map(({ id }) => id)).toEqual(lesson.transcripts.map(({ id }) => id))
})
