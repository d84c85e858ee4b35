import type { Count, LessonProgress, Progress } from './progress.ts'

/**
 * Where a reader who has been here goes on: in the lesson touched last, or, when that is done, in the next one that is
 * not, from there on.
 *
 * @param slugs in the order of the course
 * @param counts by slug
 * @returns a slug; undefined: nothing has been begun, or all is done
 */
export function onwardFrom(
  progress: Progress,
  slugs: string[],
  counts: Record<string, Count>,
): string | undefined {
  const touched = slugs.map(slug => ({ slug, at: touchedAt(progress.lessons[slug]) }))
  const latest = touched.reduce((one, other) => (other.at > one.at ? other : one), { slug: '', at: 0 })
  const from = slugs.indexOf(latest.slug)
  if (from < 0) return undefined
  const isOpen = (slug: string) => counts[slug] !== undefined && counts[slug].done < counts[slug].total
  return [...slugs.slice(from), ...slugs.slice(0, from)].find(isOpen)
}

/** When something was last done in a lesson; 0: never. */
function touchedAt(lesson: LessonProgress | undefined): number {
  if (!lesson) return 0
  const { commands, checks, answers } = lesson
  const said = Object.values(answers).flatMap(({ before, after, shown }) => [before?.at, after?.at, shown])
  return Math.max(0, ...Object.values(commands), ...Object.values(checks), ...said.map(at => at ?? 0))
}
