import fc from 'fast-check'
import { expect, test } from 'vitest'
import { formatMistake, LessonError, parseLesson, transcriptsFor } from '../../playground/format/lesson.ts'
import { runs } from '../harness/runs.ts'

const types = 'pid int port ms float time ip path hex word'
const words = 'use pane=NAME, running, alone, order=any, lang=ts, lang=py, timeout=SECONDS or requires=WORDS'

/** `page('pane=a running', '$ x', 'out')` is one fence; the first one starts on line 1. */
function fence(info: string, ...lines: string[]): string {
  return ['```console', info && ` ${info}`, '\n', ...lines.map(line => `${line}\n`), '```\n'].join('')
}

function mistakesOf(text: string, file = 'x.md'): string {
  try {
    parseLesson(text, file)
    return ''
  } catch (error) {
    if (!(error instanceof LessonError)) throw error
    expect(error.mistakes.map(formatMistake).join('\n')).toBe(error.message)
    return error.message
  }
}

test.each<[kind: string, text: string, mistakes: string]>([
  ['unknown word', fence('panel=a', '$ x'), `x.md:1: unknown word \`panel=a\`; ${words}`],
  [
    'duplicate word',
    fence('pane=a pane=b', '$ x'),
    'x.md:1: `pane` stands twice on one fence; leave one of them out',
  ],
  [
    'bad pane',
    fence('pane=A', '$ x'),
    'x.md:1: bad `pane=A`; write pane=NAME with up to 32 lowercase letters, digits and `-`',
  ],
  [
    'bad timeout',
    fence('timeout=0', '$ x'),
    'x.md:1: bad `timeout=0`; write timeout=SECONDS with a whole number from 1 to 600',
  ],
  [
    'timeout too long',
    fence('timeout=601', '$ x'),
    'x.md:1: bad `timeout=601`; write timeout=SECONDS with a whole number from 1 to 600',
  ],
  [
    'timeout without seconds',
    fence('timeout', '$ x'),
    'x.md:1: bad `timeout`; write timeout=SECONDS with a whole number from 1 to 600',
  ],
  [
    'bad order',
    fence('order=none', '$ x'),
    'x.md:1: bad `order=none`; write order=any, or nothing for the given order',
  ],
  ['bad lang', fence('lang=js', '$ x'), 'x.md:1: bad `lang=js`; write lang=ts or lang=py'],
  [
    'bad requires',
    fence('requires=a,', '$ x'),
    'x.md:1: bad `requires=a,`; write requires=WORD,WORD without blanks; a word is a program, or PROGRAM@VERSION, PROGRAM@FIRST..LAST, linux-MAJOR.MINOR, cpus-N, init-systemd, root, sandbox, full-speed or sysctl-NAME',
  ],
  [
    'running with a value',
    fence('running=yes', '$ x'),
    'x.md:1: bad `running=yes`; write `running` and nothing behind it',
  ],
  [
    'alone with a value',
    fence('alone=true', '$ x'),
    'x.md:1: bad `alone=true`; write `alone` and nothing behind it',
  ],
  [
    'running on an empty fence',
    fence('running', '$ x') + fence('running'),
    'x.md:4: `running` on an empty fence; write a command or output into it, or leave out `running` to claim a silent end',
  ],
  [
    'unclosed fence',
    '\n```console\n$ x\n',
    'x.md:2: a fence that is never closed; add a line ````` where it ends, as far indented as the first',
  ],
  [
    'unclosed fence at the very end',
    '~~~~ts',
    'x.md:1: a fence that is never closed; add a line `~~~~` where it ends, as far indented as the first',
  ],
  [
    'a fence cut off by its list',
    '- ```console\n  $ x\n\nend\n',
    'x.md:1: a fence that is never closed; add a line ````` where it ends, as far indented as the first',
  ],
  [
    'a fence cut off by its container',
    '::: tip\n```console\n$ x\n:::\n',
    'x.md:2: a fence that is never closed; add a line ````` where it ends, as far indented as the first',
  ],
  [
    'unclosed frontmatter',
    '---\ntitle: x\n',
    'x.md:1: frontmatter that is never closed; add a line `---` where it ends',
  ],
  [
    'empty command',
    fence('', '$ '),
    'x.md:2: an empty command; write one behind `$ `, or `\\$` for a plain `$`',
  ],
  [
    'empty command without blank',
    fence('', '$', '>'),
    'x.md:2: an empty command; write one behind `$ `, or `\\$` for a plain `$`',
  ],
  [
    'comment',
    fence('', '$ # x', '> # y'),
    'x.md:2: a command that is only a comment; move it into the prose',
  ],
  [
    'continuation missing',
    fence('', '$ a \\', '> b \\', 'c'),
    'x.md:3: a command that ends in `\\`; continue it on a `> ` line, or take the `\\` away',
  ],
  [
    'continuation of output',
    fence('', '$ a', 'b', '> c'),
    'x.md:4: a `> ` line that continues no command; put it straight below a `$ ` or `> ` line, or write `\\>` for output',
  ],
  [
    'continuation of nothing',
    fence('running', '$ a') + fence('', '> c'),
    'x.md:5: a `> ` line that continues no command; put it straight below a `$ ` or `> ` line, or write `\\>` for output',
  ],
  [
    'status not last',
    fence('', '$ a', '[1]', 'b'),
    'x.md:3: the status `[1]` stands before other output; make it the last line of its command, or write `\\[` for output',
  ],
  [
    'status too large',
    fence('', '$ a', '[256]'),
    'x.md:3: `[256]` is no exit status; write a number from 0 to 255, or `\\[` for output',
  ],
  [
    'unknown type',
    fence('', '$ a', '<x:number>'),
    `x.md:3: unknown placeholder type \`number\` in \`<x:number>\`; use one of ${types}, or write \\< for a plain <`,
  ],
  ['no type', fence('', '$ a', '<_>'), `x.md:3: \`<_>\` has no type; write <_:type> with one of ${types}`],
  [
    'no placeholder',
    fence('', '$ a', '<x:>'),
    'x.md:3: `<x:>` is no placeholder; write <name:type>, <name>, <LOW..HIGH> or <name:LOW..HIGH>, or \\< for a plain <',
  ],
  [
    'half a range',
    fence('', '$ a', '<1..>'),
    'x.md:3: `<1..>` is no placeholder; write <name:type>, <name>, <LOW..HIGH> or <name:LOW..HIGH>, or \\< for a plain <',
  ],
  [
    'range upside down',
    fence('', '$ a', '<n:9..1>'),
    'x.md:3: the range `<n:9..1>` is upside down; write 1..9',
  ],
  [
    'too many placeholders',
    fence('', '$ a', '<_:int>,'.repeat(51)),
    'x.md:3: 51 placeholders on one line; use at most 50',
  ],
  [
    'unbound name',
    fence('', '$ a', '<x>', '<x>'),
    'x.md:3: the name `<x>` is bound nowhere above; write <x:type> where it is first printed, or \\< for a plain <',
  ],
  [
    'unbound name for one language',
    fence('lang=ts', '$ a', '<x:pid>') + fence('lang=py', '$ a') + fence('', '$ b', '<x>'),
    'x.md:10: the name `<x>` is bound nowhere above (lang=py); write <x:type> where it is first printed, or \\< for a plain <',
  ],
  [
    'missing pane',
    fence('pane=a', '$ x') + fence('', '$ x'),
    'x.md:4: a fence without pane in a lesson that names panes; write pane=NAME, as line 1 does for `a`',
  ],
  [
    'busy pane',
    fence('running', '$ a') + fence('', '$ b'),
    'x.md:5: a command in pane `shell`, where that of line 2 still runs; end it before with `^C`, claim its output in a fence of its own, or use another pane',
  ],
  [
    'busy for one language',
    fence('lang=ts running', '$ a') + fence('lang=py', '$ a') + fence('', '$ b'),
    'x.md:8: a command in pane `shell`, where that of line 2 still runs (lang=ts); end it before with `^C`, claim its output in a fence of its own, or use another pane',
  ],
  [
    'nothing to continue',
    fence('', '$ a') + fence('', 'b'),
    'x.md:4: this fence continues a program in pane `shell`, where nothing runs; start the fence with a `$ ` line, or write `running` on the fence that starts the program',
  ],
  [
    'nothing to interrupt',
    fence('', '$ a') + fence('', '^C'),
    'x.md:5: `^C` in pane `shell`, where nothing runs; write `running` on the fence that starts the program, or take `^C` away',
  ],
  [
    'snippet in a paragraph',
    'text\n<<< @/x.ts\n',
    'x.md:2: a snippet line inside a paragraph; put an empty line above it, or the site shows it as text',
  ],
  ['snippet without path', '<<< #a\n', 'x.md:1: no path in `<<< #a`; write <<< @/../lessons/LESSON/FILE'],
  [
    'included page',
    '<!-- @include: ./y.md -->\n',
    'x.md:1: an included file, whose transcripts nothing would test; write its text into the page',
  ],
  [
    'all of them, by line',
    fence('x', '$ ', '<n>') + fence('y', '$ a'),
    [
      `x.md:1: unknown word \`x\`; ${words}`,
      'x.md:2: an empty command; write one behind `$ `, or `\\$` for a plain `$`',
      'x.md:3: the name `<n>` is bound nowhere above; write <n:type> where it is first printed, or \\< for a plain <',
      `x.md:5: unknown word \`y\`; ${words}`,
    ].join('\n'),
  ],
])('mistake: %s', (_, text, mistakes) => {
  expect(mistakesOf(text)).toBe(mistakes)
})

test.each<[rule: string, text: string]>([
  ['a running program, its end by ^C', fence('running', '$ a') + fence('', '^C', '[130]') + fence('', '$ b')],
  ['its end by output', fence('running', '$ a') + fence('', 'bye', '[1]') + fence('', '$ b')],
  ['its silent end', fence('running', '$ a') + fence('') + fence('', '$ b')],
  ['its end and the next command in one fence', fence('running', '$ a') + fence('', 'bye', '$ b')],
  [
    'output while it goes on',
    fence('running', '$ a') + fence('running', 'x') + fence('', '...', '^C', '[130]', '$ b'),
  ],
  ['^C in the same fence', fence('', '$ a', 'up', '^C', '^C', '[130]', '$ b')],
  ['^C that does not end it', fence('running', '$ a') + fence('running', '^C') + fence('', '^C')],
  ['a program that runs to the end of the page', fence('running', '$ a')],
  ['another pane meanwhile', fence('pane=a running', '$ a') + fence('pane=b', '$ b')],
  ['a status in a running fence', fence('running', '$ a', '[1]')],
  ['a name in another pane', fence('pane=a', '$ a', '<x:pid>') + fence('pane=b', '$ kill <x>', '<x>')],
  [
    'a name for each language',
    fence('lang=ts', '$ a', '<x:pid>') + fence('lang=py', '$ a', '<x:pid>') + fence('', '$ b', '<x>'),
  ],
  ['a fence for one language only', fence('lang=ts', '$ a')],
  ['an even number of backslashes', fence('', '$ echo \\\\', '\\\\')],
  ['a comment behind a command', fence('', '$ a # b', '> # c')],
  ['other languages', '```ts\n<x> $ \n```\n'],
])('no mistake: %s', (_, text) => {
  expect(mistakesOf(text)).toBe('')
  expect(parseLesson(text, 'x.md').warnings).toEqual([])
})

test.each<[kind: string, text: string, warnings: string[]]>([
  [
    'a bound name that looks like a redirection',
    fence('', '$ a', '<x:pid> <y:pid>', '$ kill <x> <y>; echo /proc/<x>/fd "<x>"b', '$ sort <x>out'),
    [
      'x.md:5: `<x>` looks like a redirection, but is replaced by the value; write a redirection with a blank behind <, or quotes around the name if its value is meant',
    ],
  ],
  [
    'a name bound below',
    fence('', '$ kill <x>', '$ b', '<x:pid>'),
    [
      "x.md:2: `<x>` is bound only on line 4: here it is the shell's; bind it further up, or write the redirection with a blank behind <",
    ],
  ],
  [
    'a name bound twice',
    fence('', '$ a', '<x:pid>', '$ b', '<x:pid>'),
    [
      'x.md:5: `<x:pid>` must be equal to that of line 3, which binds it; write <x> if both are the same, else use another name',
    ],
  ],
])('warning: %s', (_, text, warnings) => {
  expect(parseLesson(text, 'x.md').warnings.map(formatMistake)).toEqual(warnings)
})

test('a whole lesson', () => {
  const text = [
    '---',
    'title: no',
    'x: |',
    '  ```console',
    '---',
    '',
    '# One `port` & *two* {#top}',
    '',
    '<<< @/../lessons/02/server.ts#listen{1,3 ts} [server]',
    '',
    '::: tip',
    '```console pane=a running lang=ts',
    '$ x',
    '```',
    ':::',
    '',
    '1. step',
    '',
    '   ```console pane=b',
    '   $ y',
    '   a',
    '   ```',
    '',
    '> ```console pane=a',
    '> ^C',
    '> ```',
    '',
    '<!-- ',
    '```console',
    '-->',
    '',
    '    ```console',
    '    $ z',
    '',
  ].join('\r\n')
  const warnings: never[] = []
  const lesson = parseLesson(text.replaceAll('pane=a ^C', ''), 'docs/lessons/02-share.md')
  expect(lesson).toMatchObject({
    file: 'docs/lessons/02-share.md',
    slug: '02-share',
    title: 'One port & two',
    panes: ['a', 'b'],
    languages: ['ts'],
    snippets: [{ line: 9, path: '@/../lessons/02/server.ts', region: 'listen' }],
    warnings,
  })
  expect(lesson.transcripts.map(({ line, pane, commands }) => [line, pane, commands[0]!.line])).toEqual([
    [12, 'a', 13],
    [19, 'b', 20],
    [24, 'a', 25],
  ])
})

test.each([
  ['@/../lessons/01/a.ts', { path: '@/../lessons/01/a.ts' }],
  ['../a b.ts#r', { path: '../a b.ts', region: 'r' }],
  ['./a.ts{1-3}', { path: './a.ts' }],
  ['./a.ts#r{ts:line-numbers} [My title]', { path: './a.ts', region: 'r' }],
])('snippet %s', (source, snippet) => {
  expect(parseLesson(`<<< ${source}\n`, 'x.md').snippets).toEqual([{ line: 1, ...snippet }])
})

test('a snippet line in a fence or a comment is text', () => {
  expect(parseLesson('```\n<<< @/x\n```\n\n<!--\n<<< @/y\n-->\n', 'x.md').snippets).toEqual([])
})

test('without a heading the slug is the title', () => {
  expect(parseLesson('text', 'a/03-x.md')).toMatchObject({ title: '03-x', slug: '03-x' })
})

test('each reader sees the fences of one language, the first unless told', () => {
  const lesson = parseLesson(fence('lang=py', '$ p') + fence('', '$ b') + fence('lang=ts', '$ t'), 'x.md')
  const inputs = (...lang: ['ts' | 'py'] | []) =>
    transcriptsFor(lesson, ...lang).map(t => t.commands[0]!.input[0])
  expect(lesson.languages).toEqual(['py', 'ts'])
  expect(inputs('ts')).toEqual(['b', 't'])
  expect(inputs('py')).toEqual(['p', 'b'])
  expect(inputs()).toEqual(['p', 'b'])
})

test('equal fences have different ids', () => {
  const { transcripts } = parseLesson(fence('', '$ x') + fence('', '$ x'), 'x.md')
  expect(transcripts[1]!.id).toBe(`${transcripts[0]!.id}-2`)
})

const line = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.constantFrom(
    '```console',
    '```',
    '~~~',
    '```console pane=a running',
    '```console lang=py order=any',
    '---',
    '# x',
    ':::',
    '::: tip',
    '- a',
    '> a',
    '    a',
    '  ```console',
    '<<< @/x',
    '<<<',
    '$ a <b>',
    '$ ',
    '> a',
    '^C',
    '...',
    '[1]',
    '[0]',
    'x',
    '<b:pid>',
    '<b>',
    '<1..2>',
    '<_>',
    '<!--',
    '-->',
    '<div>',
    '\\$ x',
    '$ a \\',
    '\t',
    '',
  ),
  fc.string({
    unit: fc.constantFrom('`', ':', '<', '>', '$', ' ', '\\', 'a', '\u2028', '\x00', '\r', '[', '1', ']'),
  }),
)

test('any text is a lesson, or an error of one line for each mistake', () => {
  fc.assert(
    fc.property(fc.array(line, { maxLength: 25 }), fc.constantFrom('\n', '\r\n'), (lines, newline) => {
      for (const text of [lines.join(newline), `\`\`\`console\n${lines.join(newline)}\n\`\`\`\n`]) {
        const message = mistakesOf(text, 'a/b.md')
        for (const each of message === '' ? [] : message.split('\n'))
          expect(each).toMatch(/^a\/b\.md:\d+: .+; .+$/)
      }
    }),
    { numRuns: runs(600) },
  )
})

test('deeply nested Markdown is no danger', () => {
  for (const unit of ['> ', '- ', '::: a\n', '[', '<', '*a ']) mistakesOf(unit.repeat(5000))
})
