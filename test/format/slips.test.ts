/** What is nearly right: a line that says where, what, and what to write instead. */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { LessonError, parseLesson } from '../../playground/format/lesson.ts'
import { COMPONENTS } from '../../playground/format/markup.ts'
import { escapeLine, parsePattern } from '../../playground/format/placeholder.ts'
import { lookAlike } from '../../playground/format/slips.ts'

function mistakes(page: string): string[] {
  try {
    parseLesson(page, 'x.md')
    return []
  } catch (error) {
    if (!(error instanceof LessonError)) throw error
    return error.message.split('\n')
  }
}

const fence = (body: string, words = '') => `\`\`\`console${words}\n${body}\n\`\`\`\n`

test.each<[page: string, line: string]>([
  [
    '```console\n$ true\n\nProse.\n\n```console\n$ true\n```',
    '6: a fence begins within another one; end the one above with a line ``` before it',
  ],
  [fence('$\ttrue'), '2: a tab behind `$`; write a blank there, or `\\$` for output'],
  [fence('$ true\n$\u00a0true'), '3: U+00A0 behind `$`; write a blank there, or `\\$` for output'],
  [
    '\t```console\n\t$ true\n\t```\n',
    '1: a fence behind a tab, which is text and is not run; take the tab in front of it away, or write four blanks for text',
  ],
  [fence('$ x\n<1–20>'), '3: `<1–20>` is no range; write `<1..20>`, or `\\<` for a plain `<`'],
  [fence('$ x\nin <n:-1—20> ms'), '3: `<n:-1—20>` is no range; write `<n:-1..20>`, or `\\<` for a plain `<`'],
  [fence('$ x\n<1...20>'), '3: `<1...20>` is no range; write `<1..20>`, or `\\<` for a plain `<`'],
  [fence('$ x\n<1-20>'), '3: `<1-20>` is no range; write `<1..20>`, or `\\<` for a plain `<`'],
  [fence('$ x\n‹1–20>'), '3: `‹1–20>` is no range; write `<1..20>`, or `\\<` for a plain `<`'],
  [fence('$ x\n‹n:1..20›'), '3: `‹n:1..20›` is no range; write `<n:1..20>`, or `\\<` for a plain `<`'],
  [fence('$ x\n…'), '3: `…` alone on a line; write `...` for any lines, or `\\` before it for output'],
  [fence('$ x\n....'), '3: `....` alone on a line; write `...` for any lines, or `\\` before it for output'],
  [
    fence('$ sleep 9\n^c\n[130]'),
    '3: `^c` presses nothing; write `^C` alone on its line, or `\\^` for output',
  ],
  [
    fence('$ sleep 9\n^C stop'),
    '3: `^C stop` presses nothing; write `^C` alone on its line, or `\\^` for output',
  ],
  [fence('$ false\n[ 1 ]'), '3: `[ 1 ]` is no exit status; write `[1]`, or `\\[` for output'],
  [fence('$ false\n[exit 1]'), '3: `[exit 1]` is no exit status; write `[1]`, or `\\[` for output'],
  [fence('$ false\n[status: 1]'), '3: `[status: 1]` is no exit status; write `[1]`, or `\\[` for output'],
  [
    fence('$ true', '{pane=a}'),
    '1: a fence `console{pane=a}`, which nothing runs; write a blank behind console, and its words without braces: console pane=a',
  ],
  [
    fence('$ false\n[one]'),
    '3: `[one]` is no exit status; write a number from 0 to 255, as `[1]`, or `\\[` for output',
  ],
  [
    fence('$ false\n[-1]'),
    '3: `[-1]` is no exit status; write a number from 0 to 255, as `[1]`, or `\\[` for output',
  ],
  [
    fence('$ false\n[exit: one]'),
    '3: `[exit: one]` is no exit status; write a number from 0 to 255, as `[1]`, or `\\[` for output',
  ],
  [fence('$ x\n[...]\n9'), '3: `[...]` leaves nothing out; write `...`, or `\\[` for output'],
  [fence('$ x\n<a: pid>'), '3: `<a: pid>` is no placeholder; write `<a:pid>`, or `\\<` for a plain `<`'],
  [
    fence('$ x\n<n : 1..9 >'),
    '3: `<n : 1..9 >` is no placeholder; write `<n:1..9>`, or `\\<` for a plain `<`',
  ],
  [
    fence('$ echo “a b”'),
    '2: `“` is no quotation mark for a shell; write `"` or `\'`, or put those around it',
  ],
  [fence('$ ls –l'), '2: `–l` is no option; write `-l`, or put it in quotes'],
  [fence('$ true &&\n> ls —all'), '3: `—all` is no option; write `--all`, or put it in quotes'],
  [fence('$ есho a'), '2: `есho` has U+0435 among Latin letters; type the word anew, or put it in quotes'],
  ['::: check a\n:::\n', '1: the check `a` is empty; write one sentence into it that says what must be so'],
  ['::: check someBody\nIt is.\n:::\n', '1: `someBody` is no name of a check; write some-body'],
  ['::: check some_body\nIt is.\n:::\n', '1: `some_body` is no name of a check; write some-body'],
  [
    'See <Foo/>.\n',
    '1: there is no component `<Foo/>`; write it in backticks, or `\\<Foo/>`; one of your own is imported in <script setup>',
  ],
  [
    '\n<foo-bar />\n',
    '2: there is no component `<foo-bar/>`; write it in backticks, or `\\<foo-bar/>`; one of your own is imported in <script setup>',
  ],
  ['>>> ./x.ts\n', '1: `>>> ./x.ts` shows no script; write <<< ./x.ts'],
  ['<< ./x.ts\n', '1: `<< ./x.ts` shows no script; write <<< ./x.ts'],
  [
    fence('$ echo\u00a0a'),
    '2: U+00A0 in a command, which cannot be seen; write a plain blank, or leave it out',
  ],
  [
    fence('$ for a in b; do\n>   true\u200b\n> done'),
    '3: U+200B in a command, which cannot be seen; write a plain blank, or leave it out',
  ],
])('%j', (page, line) => {
  expect(mistakes(page)).toContain(`x.md:${line}`)
})

test.each([
  ['a price and a variable below the first line', '$ x\n$5\n$HOME'],
  ['two dots, as ls -a prints them', '$ ls -a\n.\n..'],
  ['what a list of jobs looks like', '$ x\n[1]+ 17\n[ok]'],
  ['a control character that is printed', '$ x\n^D\n^[[A'],
  ['an address and a comparison', '$ x\n<a@b.c>\n1 < 20'],
  ['a blank that cannot be seen in output', '$ x\na\u00a0b'],
  [
    'typography in quotes, comments and here-documents',
    '$ echo "it’s – so" # “so”\n> cat <<E\n> “é” –x\n> E',
  ],
  ['letters of another alphabet', '$ echo привет\n<a b: c>'],
  ['all of it with a backslash', '$ x\n\\$\ty\n\\…\n\\....\n\\^c\n\\[ 1 ]\n\\[one]\n\\<1-20>\n\\```console'],
])('is output: %s', (_, body) => {
  expect(mistakes(fence(body))).toEqual([])
})

test.each([
  '$\ty',
  '$x',
  '…',
  '....',
  '^c',
  '^C y',
  '[ 1 ]',
  '[exit 1]',
  '[one]',
  '<a: pid>',
  '<1-20>',
  '```console',
  '\\…',
  '\\`x',
])('%j that a program has printed is written so that it means itself', text => {
  expect(mistakes(fence(`$ x\n${escapeLine(text)}`))).toEqual([])
  expect(parsePattern(escapeLine(text), 1, () => {})).toMatchObject({ parts: [text] })
})

test('components that the theme brings, or the page, are known', () => {
  const theme = readFileSync('.vitepress/theme/index.ts', 'utf8')
  const ours = [...theme.matchAll(/\.component\(\s*'(\w+)'/g)].map(([, name]) => name!)
  expect(ours.length).toBeGreaterThan(5)
  expect(COMPONENTS).toEqual(expect.arrayContaining(ours))
  expect(
    mistakes(`<script setup>\nimport Own, { Other } from './x.vue'\n</script>\n\n<Own/>\n\nA <Other/>.\n`),
  ).toEqual([])
})

test('texts that look alike', () => {
  expect(lookAlike('é', 'e\u0301')).toBe('they look alike, but the one has U+00E9 where the other has U+0065')
  expect(lookAlike('a b', 'a\u00a0b')).toBe(
    'they look alike, but the one has U+0020 where the other has U+00A0',
  )
  expect(lookAlike('ab', 'ab\u200b')).toBe(
    'they look alike, but the one has nothing where the other has U+200B',
  )
  expect(lookAlike('a', 'b')).toBeUndefined()
  expect(lookAlike('a', 'a')).toBeUndefined()
  expect(lookAlike('', ' ')).toBeUndefined()
})
