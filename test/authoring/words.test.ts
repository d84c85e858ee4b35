import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createMarkdownRenderer, disposeMdItInstance } from 'vitepress'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { lessonMarkdown } from '../../.vitepress/markdown/lesson-markdown.ts'
import { parseWords } from '../../.vitepress/markdown/words.ts'

const PAGE = `---
title: Words
---

# Words

## accept queue

Where connections
wait: \`ss -ltn\` shows *it*.

More about it.

## listener

A socket that [listens](x).

## process id, pid

A number.

## \`listen\`

A system call.

## EADDRINUSE

An error.
`

let root: string
let render: (page: string, file?: string) => Promise<string>

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'words-'))
  await mkdir(join(root, 'docs'))
  await writeFile(join(root, 'docs/words.md'), PAGE)
  // VitePress keeps one renderer for the process.
  disposeMdItInstance()
  const container = { customContainers: { lang: '', predict: '', 'often-said': '' } }
  const config = lessonMarkdown(root).install
  const md = await createMarkdownRenderer(join(root, 'docs'), { include: false, container, config })
  render = (page, file = 'lessons/01-x.md') => md.renderAsync(page, { path: join(root, 'docs', file) })
})
afterAll(() => rm(root, { recursive: true }))

const marked = async (page: string) =>
  [...(await render(page)).matchAll(/<Term id="([^"]*)"[^>]*>([^<]*)<\/Term>/g)].map(
    ([, id, text]) => `${id}: ${text}`,
  )

test('the page of words is read: names, the first paragraph, code kept', () => {
  expect(parseWords(PAGE, 'words.md')).toEqual([
    {
      id: 'accept-queue',
      names: ['accept queue'],
      isCode: false,
      definition: 'Where connections wait: `ss -ltn` shows it.',
    },
    { id: 'listener', names: ['listener'], isCode: false, definition: 'A socket that listens.' },
    { id: 'process-id-pid', names: ['process id', 'pid'], isCode: false, definition: 'A number.' },
    { id: 'listen', names: ['listen'], isCode: true, definition: 'A system call.' },
    { id: 'eaddrinuse', names: ['EADDRINUSE'], isCode: false, definition: 'An error.' },
  ])
})

test('a word without definition, or twice, is a mistake with its line', () => {
  expect(() => parseWords('# W\n\n## a\n\n## b\n\nB.\n', 'w.md')).toThrow(/^w\.md:3: "a" .+; .+$/)
  expect(() => parseWords('---\nx: 1\n---\n## a\n\nA.\n\n## b, a\n\nB.\n', 'w.md')).toThrow(
    /^w\.md:8: "a" .+; .+$/,
  )
})

test('the real page of words can be read, and each definition is one to three sentences', async () => {
  const words = parseWords(await readFile('docs/words.md', 'utf8'), 'docs/words.md')
  expect(words.length).toBeGreaterThanOrEqual(24)
  for (const { names, definition } of words) {
    const sentences = definition
      .replace(/`[^`]*`/g, 'x')
      .split(/[.](?= [A-Zx]|$)/)
      .filter(Boolean)
    expect(sentences.length, names[0]).toBeLessThanOrEqual(3)
    expect(definition, names[0]).toMatch(/\.$/)
  }
})

test('the first use of each word is marked, once, plural and capital included', async () => {
  expect(await marked('Listeners and a listener.\n\nA pid, a process id.\n\nEADDRINUSE.')).toEqual([
    'listener: Listeners',
    'process-id-pid: pid',
    'eaddrinuse: EADDRINUSE',
  ])
})

test('the longest word wins, and no part of another word is one', async () => {
  expect(await marked('The accept queues, a stupid relistener, Eaddrinuse, listener-like.')).toEqual([
    'accept-queue: accept queues',
  ])
})

test('not in headings, code, links, HTML, predictions or what one language alone sees', async () => {
  const page = [
    '# The listener',
    '`listener` [a listener](x) <b>listener</b>',
    '::: predict\nA listener?\n\n- a listener\n:::',
    '::: lang ts\na listener\n:::',
    '```sh\nlistener\n```',
    'Last, the listener.',
  ].join('\n\n')
  const html = await render(page)
  expect(html.match(/<Term /g)).toHaveLength(1)
  expect(html).toMatch(/Last, the <Term [^>]*>listener<\/Term>\./)
})

test('a word that is code in its heading is another one in prose', async () => {
  expect(await marked('Both listen.')).toEqual([])
})

test('only in lessons', async () => {
  expect(await render('A listener.', 'reference.md')).toBe('<p>A listener.</p>\n')
})

test('the definition arrives as it is written, whatever it holds', async () => {
  const html = await render('An accept queue.')
  const [, definition = ''] = /definition="([^"]*)"/.exec(html)!
  expect(definition.replace(/&#(\d+);/g, (_, code) => String.fromCharCode(Number(code)))).toBe(
    'Where connections wait: `ss -ltn` shows it.',
  )
})
