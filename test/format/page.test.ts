import fc from 'fast-check'
import { createMarkdownRenderer } from 'vitepress'
import { expect, test } from 'vitest'
import { type Fence, readPage } from '../../playground/format/page.ts'
import { noReport } from '../harness/patterns.ts'
import { runs } from '../harness/runs.ts'

const fencesOf = (text: string) => readPage(text, () => {}).fences.map(({ line, info }) => `${line} ${info}`)

test.each<[rule: string, text: string, fences: string[]]>([
  ['frontmatter shifts no line and holds no fence', '---\nx: |\n  ```a\n---\n```b\n```\n', ['5 b']],
  ['empty frontmatter', '---\n---\n```a\n```\n', ['3 a']],
  ['a byte order mark and CRLF', '\ufeff---\r\n---\r\n```a\r\n```\r\n', ['3 a']],
  ['a rule is no frontmatter', '\n---\n```a\n```\n', ['3 a']],
  ['tildes', '~~~a\n```\n~~~\n', ['1 a']],
  ['in a container', 'text\n::: tip\n```a\n```\n:::\n```b\n```\n', ['3 a', '6 b']],
  ['in nested containers', ':::: tip\n::: info\n```a\n```\n:::\n```b\n```\n::::\n', ['3 a', '6 b']],
  ['below a component on one line', '<Predict />\n```a\n```\n', ['2 a']],
  ['directly below an open component it is HTML', 'text\n<Predict>\n```a\n```\n\n```b\n```\n', ['6 b']],
  ['in an HTML comment it is none', '<!--\n\n```a\n```\n-->\n', []],
])('%s', (_, text, fences) => {
  expect(fencesOf(text)).toEqual(fences)
})

test('the first heading is the title, as plain text', () => {
  const title = (text: string) => readPage(text, noReport).title
  expect(title('text\n\n## A `b` *c* &amp; <i>d</i> {#e}\n\n# f\n')).toBe('A b c & d')
  expect(title('A\n===\n')).toBe('A')
  expect(title('```\n# a\n```\n')).toBe('')
})

const line = fc.constantFrom(
  ...[
    '```console',
    '```console pane=a',
    '```',
    '```',
    '````',
    '~~~',
    'text',
    '',
    '',
    '# x',
    '---',
    '***',
    '$ x',
  ],
  ...[
    '  ```console',
    '   ```',
    '\t```console',
    '    code',
    '   text',
    '- a',
    '1. x',
    '> a',
    '> ```console',
    '> ```',
  ],
  ...[
    ':::',
    ':::',
    '  :::',
    '- ::: tip',
    '  ::: tip',
    '::::',
    '::: check a',
    '::: tip',
    '::::: details',
    '::: code-group',
    '| a |',
    '|---|',
    '[a]: x',
  ],
  ...[
    '<div>',
    '</div>',
    '<Foo a="b">',
    '</Foo>',
    '<Foo />',
    '<Foo>x</Foo> y',
    '<my-foo>',
    '<script setup>',
    '</script>',
  ],
  ...['<!--', '-->', '<<< @/x.ts#r{1}'],
)

test('every fence and snippet is found where VitePress finds it', async () => {
  const site = await createMarkdownRenderer('docs', { container: { customContainers: { check: 'Check' } } })
  const page = fc.array(line, { maxLength: 14 }).filter(lines => lines[0] !== '---')
  fc.assert(
    fc.property(page, lines => {
      const text = `${lines.join('\n')}\n`
      const theirs = site
        .parse(text, { path: 'docs/x.md' })
        .filter(({ type }) => type === 'fence')
        .map(({ map, info, content, meta }): Fence => {
          const line = map![0] + 1
          return meta?.src ? { line, info: 'snippet', body: '' } : { line, info: info.trim(), body: content }
        })
      const { fences, snippets } = readPage(text, () => {})
      const ours = [...fences, ...snippets.map(({ line }): Fence => ({ line, info: 'snippet', body: '' }))]
      expect(ours.sort((a, b) => a.line - b.line)).toEqual(theirs)
    }),
    { numRuns: runs(400) },
  )
})
