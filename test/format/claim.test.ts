import { expect, test } from 'vitest'
import { type Proof, provenBy, readClaims } from '../../playground/format/claim.ts'
import { parseLesson } from '../../playground/format/lesson.ts'

const FENCE = '```'
const page = `---
title: T
---

# T

${FENCE}console pane=server running lang=ts
$ node server.ts
ready
${FENCE}

${FENCE}console pane=server running lang=py
$ python3 server.py
ready
${FENCE}

::: check ready
A *worker* listens on \`8080\`, and
it waits.
:::

::: predict
Who answers \`ss\`?

- Nobody.
- The [kernel](https://kernel.org). <!-- right -->

:::

${FENCE}console pane=client
$ ss -ltn \\
>   -p
...
$ true
${FENCE}

${FENCE}console pane=server
^C
[130]
${FENCE}

Below the proof.

:::: lang py
::: check gone
It has gone.
:::
::::
`

function claims(text = page) {
  const lesson = parseLesson(text, '01-t.md')
  const idOf = (line: number) => lesson.transcripts.find(transcript => transcript.line === line)!.id
  return { all: readClaims(text, lesson), idOf }
}

test('a claim is what a check says, shown by the commands above it, in each language', () => {
  const { all, idOf } = claims()
  expect(all[0]).toEqual({
    anchor: 'check-ready',
    line: 17,
    lang: undefined,
    says: 'A worker listens on `8080`, and it waits.',
    check: 'ready',
    proof: [idOf(7), idOf(12)],
    commands: ['node server.ts'],
  })
})

test('or the right answer to a question, shown by the transcripts below it', () => {
  const { all, idOf } = claims()
  const { anchor, ...claim } = all[1]!
  expect(anchor).toMatch(/^predict-[\da-f]{8}$/)
  expect(claim).toEqual({
    line: 22,
    lang: undefined,
    asks: 'Who answers `ss`?',
    says: 'The kernel.',
    proof: [idOf(30), idOf(37)],
    commands: ['ss -ltn \\', 'true', '^C'],
  })
})

test('that of one language is shown in that language alone', () => {
  const { all, idOf } = claims()
  expect(all.at(-1)).toMatchObject({
    anchor: 'check-gone',
    lang: 'py',
    says: 'It has gone.',
    proof: [idOf(37)],
  })
})

test('a page without any claims nothing', () => {
  expect(claims(`${FENCE}console\n$ true\n${FENCE}\n`).all).toEqual([])
})

const both = { proof: ['a', 'b'], check: 'ready' }

/** What passed may have been let off a bound on time. */
function ranAs(state: string): { state: string; unjudged?: number } {
  return state === 'unjudged' ? { state: 'passed', unjudged: 1 } : { state }
}

/** One page in both languages; the last three are what they show. */
function run(kernel: string, date: string, a = 'passed', b = 'passed', check = 'passed'): Proof {
  const checks = [{ name: 'ready', state: check }]
  return {
    kernel,
    pages: [
      { file: 'docs/lessons/01-t.md', date, transcripts: [{ id: 'a', state: a }], checks },
      { file: 'docs/lessons/01-t.md', date, transcripts: [{ id: 'b', ...ranAs(b) }], checks: [] },
    ],
  }
}

test.each<[what: string, runs: Proof[], proven: string[]]>([
  ['no run proves nothing', [], []],
  ['all that shows it has passed', [run('6.1', '2026-01-01')], ['6.1 2026-01-01']],
  ['one language is skipped', [run('6.1', '2026-01-01', 'skipped')], []],
  ['one language fails', [run('6.1', '2026-01-01', 'passed', 'failed')], []],
  ['a bound on time was left out', [run('6.1', '2026-01-01', 'passed', 'unjudged')], []],
  ['the check is not met', [run('6.1', '2026-01-01', 'passed', 'passed', 'failed')], []],
  [
    'the last run of a kernel that proves it',
    [run('6.1', '2026-01-01'), run('6.1', '2026-03-01'), run('6.1', '2026-04-01', 'failed')],
    ['6.1 2026-03-01'],
  ],
  [
    'the newest kernel first',
    [run('6.1', '2026-03-01'), run('6.12', '2026-02-01'), run('5.10', '2026-01-01')],
    ['6.12 2026-02-01', '6.1 2026-03-01', '5.10 2026-01-01'],
  ],
])('%s', (_, runs, proven) => {
  expect(provenBy(both, '01-t', runs).map(({ kernel, date }) => `${kernel} ${date}`)).toEqual(proven)
})

test('what was edited since, another page, and what nothing shows are unproven', () => {
  const runs = [run('6.1', '2026-01-01')]
  expect(provenBy({ ...both, proof: ['a', 'c'] }, '01-t', runs)).toEqual([])
  expect(provenBy({ ...both, check: 'other' }, '01-t', runs)).toEqual([])
  expect(provenBy(both, '02-t', runs)).toEqual([])
  expect(provenBy({ proof: [] }, '01-t', runs)).toEqual([])
})
