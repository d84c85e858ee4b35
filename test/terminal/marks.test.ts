import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createMarkScanner, type Mark } from '../../playground/terminal/marks.ts'

type Found = { output: string; marks: (Mark & { at: number })[] }

/** What a scanner finds when the text comes in these pieces; marks with their place in the output. */
function scan(pieces: string[]): Found {
  const found: Found = { output: '', marks: [] }
  const feed = createMarkScanner('me', {
    output(bytes) {
      found.output += bytes.toString('latin1')
    },
    mark(mark) {
      found.marks.push({ ...mark, at: found.output.length })
    },
  })
  for (const piece of pieces) feed(Buffer.from(piece, 'latin1'))
  return found
}

test('finds prompt, start and end with their places', () => {
  const text =
    '\x1b]133;D;0;aid=me\x07\x1b]133;A;pid=42;aid=me\x07$ \x1b]133;B;aid=me\x07ls\r\n\x1b]133;C;aid=me\x07file\r\n\x1b]133;D;2;aid=me\x07'
  expect(scan([text])).toEqual({
    output: '$ ls\r\nfile\r\n',
    marks: [
      { kind: 'end', status: 0, at: 0 },
      { kind: 'prompt', continuation: false, shell: 42, at: 2 },
      { kind: 'start', at: 6 },
      { kind: 'end', status: 2, at: 12 },
    ],
  })
})

test.each([
  ['another word', '\x1b]133;C;aid=you\x07'],
  ['no word', '\x1b]133;D;0\x07'],
  ['a word that only begins like it', '\x1b]133;C;aid=mee\x07'],
  ['no end within reach', `\x1b]133;C;${'x'.repeat(5000)};aid=me\x07`],
  ['another sequence', '\x1b]0;title\x07'],
])('%s is output like any other', (_, text) => {
  expect(scan([`a${text}b`])).toEqual({ output: `a${text}b`, marks: [] })
})

test('what was typed, as bash numbers it', () => {
  const text = '\x1b]133;E;aid=me;   12* for i in 1; do\n  echo "é;\\a"\ndone\x07'
  expect(scan([Buffer.from(text).toString('latin1')]).marks).toEqual([
    { kind: 'command', text: 'for i in 1; do\n  echo "é;\\a"\ndone', at: 0 },
  ])
})

test('a continuation prompt says so', () => {
  expect(scan(['\x1b]133;A;k=s;aid=me\x07> \x1b]133;B;k=s;aid=me\x07']).marks).toEqual([
    { kind: 'prompt', continuation: true, shell: undefined, at: 2 },
  ])
})

test('a prompt that is drawn anew was asked before', () => {
  const prompt = (at: string) => `\x1b]133;A;pid=42;aid=me\x07$ \x1b]133;B;at=${at};aid=me\x07`
  const kinds = (...times: string[]) => scan(times.map(prompt)).marks.map(({ kind }) => kind)
  expect(kinds('1.25', '1.25')).toEqual(['prompt'])
  expect(kinds('1.25', '1.25', '1,5', '1.25')).toEqual(['prompt', 'prompt', 'prompt'])
  // Bash 4 does not know the time: every prompt counts.
  expect(kinds('', '')).toEqual(['prompt', 'prompt'])
})

test('wherever the bytes are cut, the same is found, and nothing but our marks is taken out', () => {
  const piece = fc.oneof(
    fc.string({ unit: 'binary-ascii', maxLength: 8 }),
    fc.constantFrom('\x1b', '\x1b]', '\x1b]133;', '\x1b]133;C', '\x07', '\x1b]133;C;aid=you\x07'),
    fc.constantFrom('\x1b]133;C;aid=me\x07', '\x1b]133;D;7;aid=me\x07', '\x1b]133;B;aid=me\x07'),
  )
  fc.assert(
    fc.property(fc.array(piece), fc.array(fc.nat()), (parts, cuts) => {
      // The closing text brings out what a scanner may still hold back.
      const text = `${parts.join('')}${'.'.repeat(5000)}`
      const at = [0, ...cuts.map(cut => cut % text.length).sort((a, b) => a - b), text.length]
      const pieces = at.slice(1).map((end, index) => text.slice(at[index], end))
      const whole = scan([text])
      expect(scan(pieces)).toEqual(whole)
      const taken = text.length - whole.output.length
      expect(taken).toBeGreaterThanOrEqual(0)
      if (whole.marks.length === 0) expect(whole.output).toBe(text)
    }),
  )
})
