import fc from 'fast-check'
import { expect, test } from 'vitest'
import { narrowed } from '../../.vitepress/theme/lesson/narrowed.ts'
import type { Printed } from '../../playground/format/printed.ts'

const lines = (...texts: string[]): Printed[] => texts.map(text => ({ text, values: [] }))

test('gaps that all lines of a table share shrink to two blanks, and what was aligned stays so', () => {
  expect(narrowed(lines('LISTEN 0      511      :8080', 'LISTEN 12     511      :80'))).toEqual(
    lines('LISTEN 0   511  :8080', 'LISTEN 12  511  :80'),
  )
})

test('values move with their text', () => {
  const [line] = narrowed([{ text: 'a      511', values: [{ from: 7, to: 10, expected: '1–600' }] }])
  expect(line).toEqual({ text: 'a  511', values: [{ from: 3, to: 6, expected: '1–600' }] })
})

test('what is no table stays as it was printed', () => {
  const printed: Printed[] = [...lines('one two', '  indented', 'a  b'), { folded: ['x     y'], count: 1 }]
  expect(narrowed(printed)).toEqual(printed)
})

test('nothing but blanks is left out, and no line gets longer', () => {
  const word = fc.stringMatching(/^[a-z]{0,4} {0,6}$/)
  const text = fc.array(word, { maxLength: 6 }).map(words => words.join(''))
  fc.assert(
    fc.property(fc.array(text, { maxLength: 5 }), texts => {
      const after = narrowed(lines(...texts)) as { text: string }[]
      expect(after.map(({ text }) => text.replaceAll(' ', ''))).toEqual(
        texts.map(text => text.replaceAll(' ', '')),
      )
      expect(after.every(({ text }, index) => text.length <= texts[index]!.length)).toBe(true)
    }),
  )
})
