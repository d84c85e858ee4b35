/** Speaker notes on a page: kept from readers and from the search. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createMarkdownRenderer, disposeMdItInstance, type MarkdownRenderer } from 'vitepress'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { lessonMarkdown } from '../../.vitepress/markdown/lesson-markdown.ts'
import { searchText } from '../../.vitepress/markdown/search-text.ts'

const PAGE = '# A\n\nFor all.\n\n::: speaker\nWait for *hands*.\n:::\n\n```console\n$ true\n```\n'

let root: string
let md: MarkdownRenderer
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'speaker-'))
  // VitePress keeps one renderer for the process.
  disposeMdItInstance()
  const container = { customContainers: { speaker: 'For the speaker' } }
  const config = lessonMarkdown(root).install
  md = await createMarkdownRenderer(join(root, 'docs'), { include: false, container, config })
})
afterAll(() => rm(root, { recursive: true }))

const env = () => ({
  path: join(root, 'docs/lessons/01-x.md'),
  relativePath: 'lessons/01-x.md',
  cleanUrls: true,
})

test('they are apart, in what the style sheet hides', async () => {
  const html = await md.renderAsync(PAGE, env())
  expect(html).toMatch(
    /<aside class="speaker" [^>]*><p class="speaker-title">For the speaker<\/p>\n<p>Wait for <em>hands<\/em>\.<\/p>\n<\/aside>/,
  )
})

test('the search does not find them', async () => {
  const text = await searchText(PAGE, env(), md)
  expect(text).toContain('For all.')
  expect(text).not.toMatch(/speaker|hands/)
})
