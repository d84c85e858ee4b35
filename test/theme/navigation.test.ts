import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { navigationOf } from '../../.vitepress/navigation.ts'
import { readCourse } from '../../playground/course/course.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'navigation-'))
})
afterEach(() => rm(folder, { recursive: true }))

async function write(pages: Record<string, string>): Promise<void> {
  for (const [file, frontmatter] of Object.entries(pages)) {
    await mkdir(dirname(join(folder, 'docs', file)), { recursive: true })
    await writeFile(join(folder, 'docs', file), `---\n${frontmatter}\n---\n\n# Page\n`)
  }
}

test('an empty folder has no navigation', () => {
  expect(navigationOf(readCourse(folder))).toEqual({ nav: [], sidebar: { '/lessons/': [], '/guide/': [] } })
})

test('only what exists, in order: the bar leads to the first lesson and to the first page of the guide', async () => {
  await write({
    'lessons/02-b.md': 'title: B',
    'lessons/01-a.md': 'title: A',
    'words.md': 'title: Words',
    'guide/x.md': 'title: X',
  })
  const { nav } = navigationOf(readCourse(folder))
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
  expect(navigationOf(readCourse(folder)).sidebar['/lessons/']).toEqual([
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

test('a part is a group with a title; what is not written yet is not there', async () => {
  await write({ 'lessons/01-a.md': 'title: A', 'lessons/02-b.md': 'title: B' })
  const planned = '{ slug: 03-c, title: C, about: Later. }'
  const parts = `  - { title: P & Q, lessons: [02-b, ${planned}] }\n  - { title: Later, lessons: [${planned.replace('03', '04')}] }\n`
  await writeFile(join(folder, 'docs/course.yaml'), `title: T\ndescription: D\nparts:\n${parts}`)
  const [part, ...rest] = navigationOf(readCourse(folder)).sidebar['/lessons/']!
  expect(part!.text).toBe('P &amp; Q')
  expect(part!.items!.map(({ link }) => link)).toEqual(['/lessons/02-b'])
  expect(rest.map(({ link }) => link)).toEqual(['/lessons/01-a'])
})

test('the guide is every page in its folder: by order, then by name', async () => {
  await write({
    'guide/authoring.md': 'title: Writing lessons',
    'guide/bench.md': 'title: Numbers\norder: 2',
    'guide/security.md': 'title: Security\norder: 1',
    'guide/zoo.md': 'title: Zoo',
  })
  const texts = navigationOf(readCourse(folder)).sidebar['/guide/']!.map(({ text }) => text)
  expect(texts).toEqual(['Security', 'Numbers', 'Writing lessons', 'Zoo'])
})

test.each(['lessons/01-a.md', 'guide/a.md'])('%s without a title is named', async file => {
  await write({ [file]: 'description: none' })
  expect(() => navigationOf(readCourse(folder))).toThrow(
    `docs/${file}:1: the page has no title; write "title: …" between two --- lines at its top`,
  )
})
