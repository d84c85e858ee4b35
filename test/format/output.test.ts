import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Normalizer, normalize } from '../../playground/format/output.ts'
import { runs } from '../harness/runs.ts'

const ESC = '\x1b'
const CSI = `${ESC}[`

test.each<[rule: string, raw: string, lines: string[], partial: string]>([
  ['lines end with a newline', 'a\r\nb\nc', ['a', 'b'], 'c'],
  ['nothing is nothing', '', [], ''],
  ['an empty line is one', '\r\n\r\n', ['', ''], ''],
  ['colours go', `${CSI}1;31mred${CSI}0m${CSI}38;2;1;2;3m!${CSI}m`, [], 'red!'],
  ['titles go, ended by BEL or ST', `${ESC}]0;title\x07a${ESC}]8;;http://x${ESC}\\b\x9d2;t\x9cc`, [], 'abc'],
  [
    'so do other strings',
    `a${ESC}Pq#0;2${ESC}\\b${ESC}_x${ESC}\\c${ESC}^y${ESC}\\d${ESC}Xz${ESC}\\e`,
    [],
    'abcde',
  ],
  ['short sequences go', `${ESC}7a${ESC}(Bb${ESC}=c${ESC}#8d`, [], 'abcd'],
  ['single controls go', 'a\x07\x00\x0e\x7fb\x85c', [], 'abc'],
  ['tabs stay', 'a\tb\n', ['a\tb'], ''],
  ['a sequence cut off at the end leaves nothing', `a${CSI}3`, [], 'a'],
  ['nor does a title', `a${ESC}]0;tit`, [], 'a'],
  ['nor ESC alone', `a${ESC}`, [], 'a'],
  ['CAN ends a sequence', `${CSI}3\x18a${ESC}]t\x1ab`, [], 'ab'],
  ['a control inside a sequence still works', `a${CSI}\n1mb`, ['a'], 'b'],
  ['CR goes back', '0%\r5%\r10%\r\n', ['10%'], ''],
  ['and leaves what is longer', 'long\rab', [], 'abng'],
  ['BS goes back', 'ab\bc\b\b\b\bX', [], 'Xc'],
  ['erasing to the end', `abc\r${CSI}Kx`, [], 'x'],
  ['to the beginning', `abc\b${CSI}1Kx`, [], '  x'],
  ['the line', `abc\r${CSI}2Kx`, [], 'x'],
  ['the line, the cursor staying', `abc${CSI}2Kx`, [], '   x'],
  ['to the end of the screen', `abc\r${CSI}Jx`, [], 'x'],
  ['moving right, left and to a column', `a${CSI}2Cb${CSI}2Dc${CSI}1Gd${CSI}Ge`, [], 'e cb'],
  ['never far', `${CSI}999999999Cx`, [], `${' '.repeat(511)}x`],
  [
    'reaches back over some columns, as on a terminal',
    `${'x'.repeat(600)}\rab`,
    [],
    `${'x'.repeat(512)}ab${'x'.repeat(86)}`,
  ],
  ['what cannot be in a sequence ends it', `a${CSI}3é${ESC}ö`, [], 'aéö'],
  ['the alternate screen goes', `a${CSI}?1049hb\r\nc\r${CSI}?1049ld`, [], 'ad'],
  ['also when it is not left', `a${CSI}?47hb\r\nc`, [], 'a'],
  ['private sequences move nothing', `abc${CSI}?2K${CSI}>4;1mx`, [], 'abcx'],
  ['half a character is a blank', '😀\rab\n😀\ra\n', ['ab', 'a '], ''],
  ['long lines are whole', `${'x'.repeat(2000)}\n`, ['x'.repeat(2000)], ''],

  [
    'what killed a command is the name of the signal, in every bash',
    'Killed                     node server.ts a\nFloating point exception   ./x\nTerminated\nKilled by hand\n',
    ['Killed', 'Floating point exception', 'Terminated', 'Killed by hand'],
    '',
  ],
  [
    'a notice that a job is done goes',
    'a\r\n[1]+  Done                    sleep 0.2\r\nb\r\n',
    ['a', 'b'],
    '',
  ],
  ['with a status', '[1]+  Exit 3                  ( exit 3 )\n', [], ''],
  ['killed', '[12]-  Killed                  sleep 9\n', [], ''],
  ['terminated', '[2]   Terminated              sleep 9\n', [], ''],
  ['stopped', '[1]+  Stopped                 cat\n', [], ''],
  ['by a signal', '[1]-  User defined signal 1   sleep 5\n', [], ''],
  ['with a core', '[1]+  Segmentation fault      (core dumped) ./x\n', [], ''],
  ['with a folder', '[1]+  Done                    sleep 1  (wd: /tmp)\n(wd now: /)\na\n', ['a'], ''],
  ['a folder alone stays', '(wd now: /)\n', ['(wd now: /)'], ''],
  ['a job that starts stays', '[1] 1234\n', ['[1] 1234'], ''],
  [
    'so does an answer of `jobs`',
    '[1]+  Running                 x &\n',
    ['[1]+  Running                 x &'],
    '',
  ],
  [
    'and what only looks alike',
    '[1]+  Done\n[a] Done\n[1] Done x\n',
    ['[1]+  Done', '[a] Done', '[1] Done x'],
    '',
  ],
])('%s', (_, raw, lines, partial) => {
  expect(normalize(raw)).toEqual({ lines, partial })
})

test.each<[rule: string, before: string, after: string, lines: string[], partial: string]>([
  ['its line goes too', 'up\r\n', '^C\r\n', ['up'], ''],
  ['not if something else is on it', 'up\r\n', '^Cbye\r\n', ['up', 'bye'], ''],
  ['wherever it landed', 'up\r\n', 'hal^Cf\r\n', ['up', 'half'], ''],
  ['behind other lines', '', 'a\r\n^C\r\nb\r\n', ['a', 'b'], ''],
  ['on an unfinished line', 'a', '^C\r\n', ['a'], ''],
  ['only the first', '', '^C^C\n', ['^C'], ''],
  ['only behind the press', '^C\n', 'a^C\n', ['^C', 'a'], ''],
  ['an empty line of the program stays', '', '\n^C\n', [''], ''],
  ['behind it too', '', '^C\n\n', [''], ''],
  ['the line below the alternate screen stays', `${CSI}?1049h`, `^C${CSI}?1049l\n`, [''], ''],
  ['`^` alone stays', '', '^\nx^', ['^'], 'x^'],
  ['a sequence between makes it something else', '', `^${CSI}mC\n`, ['^C'], ''],
  ['on the alternate screen', `${CSI}?1049h`, `^C${CSI}?1049l^C\n`, ['^C'], ''],
])('the echo of Ctrl-C: %s', (_, before, after, lines, partial) => {
  expect(normalize(before + after, { interrupts: [before.length] })).toEqual({ lines, partial })
})

test('each press has its echo', () => {
  expect(normalize('^C^C^C\n', { interrupts: [0, 1] })).toEqual({ lines: ['^C'], partial: '' })
})

const raw = fc
  .array(
    fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc.string({
        unit: fc.constantFrom(
          ESC,
          '[',
          ']',
          '?',
          '1',
          ';',
          'K',
          'h',
          'm',
          '\r',
          '\n',
          '\b',
          '\x07',
          'a',
          '^',
          'C',
          '\x9b',
        ),
      }),
      fc.constantFrom(
        `${CSI}2K`,
        `${CSI}?1049h`,
        `${CSI}?1049l`,
        '\r\n',
        '^C',
        '[1]+  Done                    sleep 0.2\r\n',
        '😀',
      ),
    ),
  )
  .map(parts => parts.join(''))

test('a cut anywhere changes nothing, and complete lines stay', () => {
  fc.assert(
    fc.property(raw, fc.array(fc.nat()), fc.array(fc.nat()), (text, cuts, presses) => {
      const interrupts = presses.map(at => at % (text.length + 1)).sort((a, b) => a - b)
      const whole = normalize(text, { interrupts })
      const normalizer = new Normalizer()
      const edges = [...cuts.map(at => at % (text.length + 1)), ...interrupts, text.length].sort(
        (a, b) => a - b,
      )
      let from = 0
      const due = [...interrupts]
      let earlier: string[] = []
      for (const edge of edges) {
        normalizer.write(text.slice(from, edge))
        for (; due[0] === edge; due.shift()) normalizer.pressed()
        expect(normalizer.lines.slice(0, earlier.length)).toEqual(earlier)
        earlier = [...normalizer.lines]
        from = edge
      }
      expect({ lines: normalizer.lines, partial: normalizer.partial }).toEqual(whole)
    }),
    { numRuns: runs(200) },
  )
})

test('no control characters are left but tabs, and no half characters', () => {
  fc.assert(
    fc.property(raw, text => {
      const { lines, partial } = normalize(text)
      for (const line of [...lines, partial]) {
        expect(line).not.toMatch(/[^\P{Cc}\t]/u)
        expect(line.isWellFormed()).toBe(true)
      }
    }),
    { numRuns: runs(200) },
  )
})

test('plain text stays as it is, and so does what has been normalized', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'grapheme' }).filter(text => !/\p{Cc}/u.test(text))), lines => {
      const text = lines.map(line => `${line}\n`).join('')
      expect(normalize(text)).toEqual({ lines, partial: '' })
    }),
  )
  fc.assert(
    fc.property(raw, text => {
      const once = normalize(text)
      const again = normalize(once.lines.map(line => `${line}\n`).join('') + once.partial)
      expect(again).toEqual(once)
    }),
  )
})

test.each([
  ['one line', 'x'],
  ['short lines', 'some output of a program\r\n'],
  ['colours', `${CSI}31mx${CSI}0m`],
  ['a progress bar', `\r${CSI}2K50%`],
  ['backspaces', 'ab\b'],
  ['far moves', `${CSI}2K${CSI}500Gx`],
  ['erasing to the left', `${CSI}500Gx${CSI}1K`],
  ['a title without end', `${ESC}]x`],
  ['parameters without end', `${CSI}1;`],
])('time grows in proportion: %s', (_, unit) => {
  const time = (size: number) => {
    const text = unit.repeat(size / unit.length)
    const runs = [1, 2].map(() => {
      // Of the processor: on a busy machine others have most of the clock's.
      const start = process.threadCpuUsage()
      normalize(text)
      const { user, system } = process.threadCpuUsage(start)
      return (user + system) / 1000
    })
    return Math.min(...runs)
  }
  // Ten times as much: a square would take a hundred times as long.
  expect(time(2_000_000) / Math.max(time(200_000), 5)).toBeLessThan(50)
})
