import { readLesson } from '../../playground/course/pages.ts'
import { ownPages } from '../../playground/course/places.ts'

/** The lessons of this course, those that measure apart: nothing may run beside them. */
export async function ownLessons({ alone }: { alone: boolean }) {
  const lessons = (await ownPages()).map(async page => ({ page, lesson: await readLesson(page) }))
  return (await Promise.all(lessons)).filter(
    ({ lesson }) => lesson.transcripts.some(transcript => transcript.alone) === alone,
  )
}
