import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { readNavigation } from '../../.vitepress/navigation.ts'

let docs: string
beforeEach(async () => {
  docs = await mkdtemp(join(tmpdir(), 'navigation-'))
})
afterEach(() => rm(docs, { recursive: true }))

async function write(pages: Record<string, string>): Promise<void> {
  for (const [file, frontmatter] of Object.entries(pages)) {
    await mkdir(dirname(join(docs, file)), { recursive: true })
    await writeFile(join(docs, file), `---\n${frontmatter}\n---\n\n# Page\n`)
  }
}

test('an empty folder has no navigation', () => {
  expect(readNavigation(docs)).toEqual({ nav: [], sidebar: { '/lessons/': [], '/guide/': [] } })
})

test('only what exists, in order: the bar leads to the first lesson and to the first page of the guide', async () => {
  await write({
    'lessons/02-b.md': 'title: B',
    'lessons/01-a.md': 'title: A',
    'words.md': 'title: Words',
    'guide/x.md': 'title: X',
  })
  const { nav } = readNavigation(docs)
  expect(nav.map(({ text, link }) => `${text} ${link}`)).toEqual([
    'Lessons /lessons/01-a',
    'Words /words',
    'Guide /guide/x',
  ])
})

test('lessons stand by their numbers, whatever is no lesson is left out', async () => {
  await write({
    'lessons/02-b.md': 'title: A <b> & C',
    'lessons/01-a.md': 'title: One',
    'lessons/notes.md': 'draft: true',
  })
  expect(readNavigation(docs).sidebar['/lessons/']).toEqual([
    {
      text: '<span class="lesson-number">01</span> One <span data-progress="01-a"></span>',
      link: '/lessons/01-a',
    },
    {
      text: '<span class="lesson-number">02</span> A &lt;b&gt; &amp; C <span data-progress="02-b"></span>',
      link: '/lessons/02-b',
    },
  ])
})

test('the guide is every page in its folder: by order, then by name', async () => {
  await write({
    'guide/authoring.md': 'title: Writing lessons',
    'guide/bench.md': 'title: Numbers\norder: 2',
    'guide/security.md': 'title: Security\norder: 1',
    'guide/zoo.md': 'title: Zoo',
  })
  const texts = readNavigation(docs).sidebar['/guide/']!.map(({ text }) => text)
  expect(texts).toEqual(['Security', 'Numbers', 'Writing lessons', 'Zoo'])
})

test.each(['lessons/01-a.md', 'guide/a.md'])('%s without a title is named', async file => {
  await write({ [file]: 'description: none' })
  expect(() => readNavigation(docs)).toThrow(
    `docs/${file}:1: the page has no title; write "title: …" between two --- lines at its top`,
  )
})
