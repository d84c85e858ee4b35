/** `course.yaml`: title, parts and order of a course, and short ways through it. Pure. */
import * as v from 'valibot'
import { LineCounter, parseDocument } from 'yaml'
import { isLessonSlug } from '../format/slug.ts'

/** A lesson's place in the course. */
export interface Place {
  slug: string
  /** Of one that is yet to be written. */
  planned?: { title: string; about: string }
  /** Slugs that it had before, and those of lessons that it was part of: addresses and progress follow. */
  was?: string[]
}

export interface Outline {
  title: string
  description: string
  /** Name of a picture beside the file: the course's sign, in the bar and on the tab. */
  mark?: string
  parts: { title: string; lessons: Place[] }[]
  /** For those who have less time: which lessons fit. */
  paths: { title: string; minutes: number; lessons: string[] }[]
}

export const NO_OUTLINE: Outline = { title: 'Lessons', description: '', parts: [], paths: [] }

/**
 * @param file for messages
 * @throws {Error} every mistake, a line each: `FILE:LINE: KEY: what; what to do`
 */
export function parseOutline(text: string, file: string): Outline {
  const counter = new LineCounter()
  const document = parseDocument(text, { lineCounter: counter })
  const [broken] = document.errors
  if (broken) {
    const message = broken.message.split('\n')[0]!.replace(/ at line .*/, '')
    throw new Error(`${file}:${counter.linePos(broken.pos[0]).line}: no YAML: ${message}; correct it there`)
  }
  const { output, issues, success } = v.safeParse(OUTLINE, document.toJS(), { abortPipeEarly: true })
  const found = success
    ? secondMentions(output)
    : issues
        // What is misspelt is missing as well: how it was written says more.
        .toSorted((a, b) => Number(b.expected === 'never') - Number(a.expected === 'never'))
        .map(issue => ({
          keys: (issue.path ?? []).map(({ key }) => key as string | number),
          what: issue.message,
        }))
  if (found.length > 0)
    throw new Error(
      found.map(({ keys, what }) => `${file}:${lineOf(keys)}: ${nameOf(keys)}${what}`).join('\n'),
    )
  return { parts: [], ...(output as Omit<Outline, 'parts'>) }

  /** Of what is there; of a key that is not, where it belongs. */
  function lineOf(keys: (string | number)[]): number {
    for (let length = keys.length; length > 0; length--) {
      const node = document.getIn(keys.slice(0, length), true) as
        | { range?: [number, number, number] }
        | undefined
      if (node?.range) return counter.linePos(node.range[0]).line
    }
    return 1
  }
}

const line = v.pipe(
  v.string('no text; write a line of it'),
  v.trim(),
  v.regex(/^[^\n]+$/, 'no text; write a line of it'),
  v.maxLength(200, 'more than 200 characters; shorten it'),
)
const slug = v.pipe(
  v.string("no slug; write the name of the lesson's page without .md"),
  v.check(isLessonSlug, "no slug; write the name of the lesson's page without .md, as 01-bind-conflict"),
)
const was = v.array(slug, 'no list; write the slugs that it had, as [01-bind-conflict]')
const place = v.union(
  [
    v.pipe(
      slug,
      v.transform((slug): Place => ({ slug })),
    ),
    v.pipe(
      v.strictObject({ slug, title: line, about: line }),
      v.transform(({ slug, ...planned }): Place => ({ slug, planned })),
    ),
    v.strictObject({ slug, was }),
  ],
  'no lesson; write its slug as 01-bind-conflict, { slug, was } if it has moved, or { slug, title, about } while it is not written',
)

function listOf<const Item extends v.GenericSchema>(item: Item, what: string) {
  const message = `no list; write ${what} below it, each with a dash`
  return v.pipe(v.array(item, message), v.minLength(1, message))
}

function record<const Entries extends v.ObjectEntries>(entries: Entries) {
  const keys = Object.keys(entries).join(', ')
  const wrong = `not what it should be; write ${keys} below it`
  return v.pipe(
    v.unknown(),
    v.check(value => !Array.isArray(value), wrong),
    v.strictObject(entries, issue => {
      if (issue.expected === 'never') return `no such key; there are ${keys}`
      return issue.received === 'undefined' && issue.path ? 'it is missing; write it' : wrong
    }),
  )
}

/** What stands in the file, key by key. */
export const OUTLINE = record({
  title: line,
  description: line,
  mark: v.optional(
    v.pipe(
      v.string('no file; write the name of an SVG or PNG file beside this one'),
      v.regex(
        /^[\w-][\w.-]{0,99}\.(?:svg|png)$/,
        'no file; write the name of an SVG or PNG file beside this one',
      ),
    ),
  ),
  parts: v.optional(listOf(record({ title: line, lessons: listOf(place, 'slugs of lessons') }), 'the parts')),
  paths: v.optional(
    v.array(
      record({
        title: line,
        minutes: v.pipe(
          v.number('no number; write how many minutes the path takes'),
          v.integer('no whole number; write how many minutes the path takes'),
          v.minValue(1, 'no time; write how many minutes the path takes'),
        ),
        lessons: listOf(slug, 'slugs of lessons'),
      }),
      'no list; write the paths below it, each with a dash',
    ),
    [],
  ),
})

/** What each part of it alone cannot know. */
function secondMentions({
  parts = [],
  paths,
}: Partial<Outline> & Pick<Outline, 'paths'>): { keys: (string | number)[]; what: string }[] {
  const found: { keys: (string | number)[]; what: string }[] = []
  const seen = new Set<string>()
  const numbers = new Map<string, string>()
  for (const [at, { lessons }] of parts.entries()) {
    for (const [index, { slug }] of lessons.entries()) {
      const keys = ['parts', at, 'lessons', index]
      const other = numbers.get(slug.slice(0, 2))
      if (seen.has(slug)) found.push({ keys, what: `${slug} has a place already; leave one of them out` })
      else if (other) found.push({ keys, what: `${other} has the same number; give one of them another` })
      seen.add(slug)
      numbers.set(slug.slice(0, 2), slug)
    }
  }
  for (const [at, { lessons }] of paths.entries()) {
    for (const [index, slug] of lessons.entries()) {
      if (seen.has(slug)) continue
      found.push({
        keys: ['paths', at, 'lessons', index],
        what: `${slug} is in no part; write it there, or leave it out here`,
      })
    }
  }
  return found
}

/** `parts[0].lessons[2]: ` */
function nameOf(keys: (string | number)[]): string {
  const name = keys.map(key => (typeof key === 'number' ? `[${key}]` : `.${key}`)).join('')
  return name === '' ? '' : `${name.slice(1)}: `
}
