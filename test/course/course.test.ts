import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { movedLessons, readCourse, writtenLessons } from '../../playground/course/course.ts'
import { readMinutes } from '../../playground/course/minutes.ts'
import { readLesson } from '../../playground/course/pages.ts'
import { ROOT } from '../../playground/course/places.ts'

/** Slugs that readers have met. Only ever added to. */
const PUBLISHED = [
  '01-bind-conflict',
  '02-reuseport',
  '03-fork-workers',
  '04-load-distribution',
  '05-fault-tolerance',
  '06-scale-and-restart',
  '07-shared-state',
  '08-observe',
  '09-pitfalls',
  '10-kernel-support',
  '11-other-servers',
  '12-udp-streaming',
  '13-steering',
  '14-containers',
  '15-recap',
]

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'course-'))
})
afterEach(() => rm(folder, { recursive: true }))

async function write(file: string, text: string): Promise<void> {
  await mkdir(path.dirname(path.join(folder, file)), { recursive: true })
  await writeFile(path.join(folder, file), text)
}
const writeLesson = (slug: string, title: string) => {
  return write(
    `docs/lessons/${slug}.md`,
    `---\ntitle: ${title}\ndescription: About ${title}.\n---\n\n# ${title}\n`,
  )
}
const outline = (parts: string) => write('docs/course.yaml', `title: T\ndescription: D\nparts:\n${parts}`)
const inOrder = () =>
  readCourse(folder).parts.map(({ title, lessons }) => [title, ...lessons.map(({ slug }) => slug)].join(' '))

test('our own course has a place for every lesson, and its ways take the time they say, not much less', () => {
  const course = readCourse(ROOT)
  expect(course.parts.map(({ title }) => title)).not.toContain('')
  for (const { title, minutes, lessons } of course.paths) {
    const each = writtenLessons(course)
      .filter(({ slug }) => lessons.includes(slug))
      .map(({ page }) => readMinutes(ROOT, page()!.text, page()!.lesson!))
    const sum = each.reduce((a, b) => a + b)
    expect(each.length, title).toBe(lessons.length)
    expect(sum, `${title}: ${each}`).toBeGreaterThan(minutes * 0.8)
    expect(sum, `${title}: ${each}`).toBeLessThanOrEqual(minutes)
  }
})

test('no lesson of ours takes more than twenty minutes', () => {
  const long = writtenLessons(readCourse(ROOT))
    .map(({ slug, page }) => `${slug} ${readMinutes(ROOT, page()!.text, page()!.lesson!)}`)
    .filter(line => Number(line.split(' ')[1]) > 20)
  expect(long).toEqual([])
})

/** The recap asks of nothing else. */
test('each lesson of ours asks once more at its end, in another setting, with the run that answers', () => {
  const none = writtenLessons(readCourse(ROOT))
    .filter(({ slug }) => slug !== '20-recap')
    .filter(({ page }) => {
      const { text, lesson } = page()!
      const lines = text.split('\n')
      const from = lines.indexOf('## What would you answer now?')
      const to = lines.findIndex((line, index) => index > from && line.startsWith('## '))
      // A question without a run that answers it is a mistake of the page.
      return from < 0 || !lesson!.questions.some(({ line }) => line > from && line < to)
    })
  expect(none.map(({ slug }) => slug)).toEqual([])
})

test('a folder without course.yaml has its lessons by number; what is none is left out', async () => {
  await writeLesson('02-b', 'B')
  await writeLesson('01-a', 'A')
  await write('docs/lessons/notes.md', 'no lesson')
  expect(inOrder()).toEqual([' 01-a 02-b'])
  const [first] = writtenLessons(readCourse(folder))
  expect(first).toMatchObject({ number: '01', title: 'A', about: 'About A.', link: '/lessons/01-a' })
})

test('nothing at all is a course without lessons', () => {
  expect(inOrder()).toEqual([])
})

test('parts in their order, planned lessons in their places, the rest at the end', async () => {
  for (const [slug, title] of [
    ['01-a', 'A'],
    ['02-b', 'B'],
    ['03-c', 'C'],
  ] as const)
    await writeLesson(slug, title)
  await outline(
    '  - title: P\n    lessons: [02-b, { slug: 04-d, title: D, about: Later. }]\n  - { title: Q, lessons: [01-a] }\n',
  )
  expect(inOrder()).toEqual(['P 02-b 04-d', 'Q 01-a', ' 03-c'])
  const { parts } = readCourse(folder)
  expect(parts[0]!.lessons[1]).toMatchObject({ number: '04', title: 'D', about: 'Later.' })
  expect(parts[0]!.lessons[1]!.link).toBeUndefined()
  expect(writtenLessons(readCourse(folder)).map(({ slug }) => slug)).toEqual(['02-b', '01-a', '03-c'])
})

test('a planned lesson that has been written is as its page says', async () => {
  await writeLesson('01-a', 'Written')
  await outline('  - { title: P, lessons: [{ slug: 01-a, title: Planned, about: Later. }] }\n')
  expect(readCourse(folder).parts[0]!.lessons[0]).toMatchObject({ title: 'Written', link: '/lessons/01-a' })
})

test('a lesson without a page, and without a plan, is a mistake; so is a page without a title', async () => {
  await outline('  - { title: P, lessons: [01-a] }\n')
  const todo = 'write it, or say { slug, title, about } of it until then'
  expect(() => readCourse(folder)).toThrow(`docs/course.yaml: there is no page docs/lessons/01-a.md; ${todo}`)
  await write('docs/lessons/01-a.md', '---\ndescription: none\n---\n')
  const title = 'write "title: …" between two --- lines at its top'
  expect(() => readCourse(folder)).toThrow(`docs/lessons/01-a.md:1: the page has no title; ${title}`)
})

test('a page is parsed once for all who ask, and again when it has been saved', async () => {
  await writeLesson('01-a', 'A')
  const page = () => writtenLessons(readCourse(folder))[0]!.page()
  const before = page()
  expect(page()).toBe(before)
  await write('docs/lessons/01-a.md', '---\ntitle: A\n---\n\n# Another\n')
  expect(page()!.lesson!.title).toBe('Another')

  const file = path.join(folder, 'docs/lessons/01-a.md')
  const lesson = await readLesson(file)
  expect(await readLesson(file)).toBe(lesson)
  await writeFile(file, '# B\n\n```console pane=\n```\n')
  await expect(readLesson(file)).rejects.toThrow('01-a.md:3: ')
})

test('an old address leads to what came of its lesson, the first part of one that was divided', async () => {
  for (const slug of ['02-b', '03-c', '05-e']) await writeLesson(slug, slug)
  await outline(`  - title: P
    lessons: [{ slug: 02-b, was: [01-a] }, { slug: 03-c, was: [01-a, 02-b, 02-x] }, { slug: 05-e, was: [02-x] }]
`)
  expect(movedLessons(readCourse(folder))).toEqual(
    new Map([
      ['/lessons/01-a', '/lessons/02-b'],
      ['/lessons/02-x', '/lessons/03-c'],
    ]),
  )
})

test('no address of this course that was ever published is lost', () => {
  const course = readCourse(ROOT)
  const moved = movedLessons(course)
  const links = writtenLessons(course).map(({ link }) => link)
  for (const slug of PUBLISHED) {
    const address = `/lessons/${slug}`
    expect(links, slug).toContain(moved.get(address) ?? address)
  }
})
