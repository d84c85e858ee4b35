/**
 * What a program prints must not stop who shows it: the server, which draws screens for pages that come later, and
 * the page, which has the same terminal with the same bounds (test/browser/attacks.test.ts).
 */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createMirror } from '../../playground/terminal/mirror.ts'
import type { Task } from './terminal-child.ts'

/**
 * Times what a megabyte of plain text costs the same process. Unbounded each would cost from a hundred times that to
 * hours.
 */
const MOST = 50
const MEGABYTE = 'x * 1048576'

/** @returns what each costs the processor, in milliseconds; of those after one that never ends, nothing */
function measure(task: Task): Promise<number[]> {
  const child = join(import.meta.dirname, 'terminal-child.ts')
  const options = { timeout: 60_000, killSignal: 'SIGKILL', maxBuffer: 1e8 } as const
  return new Promise(resolve => {
    execFile(process.execPath, [child, JSON.stringify(task)], options, (_error, stdout) => {
      const lines = stdout.split('\n').filter(line => /^\d+ \d+$/.test(line))
      resolve(lines.map(line => Number(line.split(' ')[1])))
    })
  })
}

async function expectBounded(sequences: string[], together = false): Promise<void> {
  const [plain = 0, ...costs] = await measure({ sequences: [MEGABYTE, ...sequences], together })
  const slow = sequences.filter((_, index) => (costs[index] ?? Number.POSITIVE_INFINITY) > plain * MOST)
  expect(slow.map(sequence => JSON.stringify(sequence))).toEqual([])
}

const FINALS = Array.from({ length: 0x7f - 0x40 }, (_, index) => String.fromCharCode(0x40 + index))

for (const [prefix, intermediates] of [
  ['', ['', ' ', '!', '"', '$', "'", '*']],
  ['?', ['', '$']],
  ['>', ['']],
  ['=', ['']],
] as const) {
  for (const between of intermediates) {
    test(`no control sequence repeats 2147483647 times: CSI ${prefix}…${between}final`, () =>
      expectBounded(
        FINALS.map(final => `a\x1b[${prefix}2147483647${between}${final}`),
        true,
      ))
  }
}

test('control sequences with a thousand parameters', () =>
  expectBounded(
    FINALS.map(final => `a\x1b[${'9;'.repeat(1000)}9${final}`),
    true,
  ))

const LISTS = {
  'a colour list of half a million entries': [
    '\x1b]4; + ; * 500000 + \x07',
    '\x1b]4; + 1;#fff; * 200000 + \x07',
  ],
  'colours to be restored': ['\x1b]104; + 1; * 500000 + \x07'],
  'a title of a megabyte': ['\x1b]0; + x * 1000000 + \x07', '\x1b]2;title\x07 * 100000'],
  'a link with a megabyte of an address': ['\x1b]8;; + x * 1000000 + \x07text\x1b]8;;\x07'],
  'strings without an end': ['\x1b]0; + x * 4000000', '\x1bP$q + x * 4000000', '\x1b_ + x * 4000000'],
  'a hundred thousand links in one line': [
    '\x1b]8;;a\x07 * 100000 + \x1b[2J',
    '\x1b]8;;a\x07 * 100000 + \n * 10000',
  ],
  'one link over all lines': ['\x1b]8;id=1;a\x07 + xxxxxxxxxxxxxxx\r\n * 10000'],
  'a letter with a million accents': ['a + \u0301 * 1000000', 'a + \u0301 * 1000000 + \x1b[2000b'],
  'four kilobytes of resets': ['\x1bc * 2048'],
  'four kilobytes of scrolling': [
    '\x1b[9999S * 512',
    '\x1b[9999T * 512',
    '\x1b[9999L * 512',
    'a\x1b[9999b * 512',
  ],
}
for (const [name, sequences] of Object.entries(LISTS)) test(name, () => expectBounded(sequences))

/** What is bounded is what nobody can see: the screen is the same. */
test('fifteen accents stay on their letter, and a screen of repetitions is whole', () => {
  const draw = (text: string) => {
    const mirror = createMirror({ columns: 10, rows: 3 })
    // A sequence after it: what comes next joins neither.
    mirror.write(`${text}\x1b[m`)
    const drawn = mirror.draw()
    mirror.close()
    return drawn
  }
  const letter = `a${'\u0301'.repeat(15)}`
  expect(draw(letter)).toContain(letter)
  expect(draw('a\x1b[29b')).toBe(draw('a'.repeat(30)))
  expect(draw('a\x1b[9b')).toBe(draw('a'.repeat(10)))
  expect(draw('1\r\n2\r\n3\x1b[2S')).toBe(draw('1\r\n2\r\n3\x1b[S\x1b[S'))
  expect(draw('\x1b]8;;http://a/\x07link\x1b]8;;\x07')).toContain('\x1b]8;;http://a/')
})
