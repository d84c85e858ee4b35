import { useData } from 'vitepress'
import { computed } from 'vue'
import { type Answer, lessonIn } from '../progress/progress.ts'
import { progress, show } from '../progress/progress-store.ts'
import { language } from '../ui/language.ts'
import { lessonOn } from '../ui/page-lesson.ts'

export type Answers = ReturnType<typeof answersIn>

/** What the reader has answered in a lesson. The site is built for who has answered nothing. */
export function answersIn(slug: () => string) {
  const answerTo = (question: string): Answer | undefined =>
    lessonIn(progress.value, slug()).answers[question]
  /** @param questions ids, and `:ts` or `:py` behind one that not all readers are asked */
  const mine = (questions: string[]) =>
    questions
      .map(question => question.split(':') as [id: string, lang?: string])
      .filter(([, lang = language.value]) => lang === language.value)
      .map(([id]) => id)
  return {
    answerTo,
    /** Whether the run of one of them has not ended: what stands below it is kept back. */
    isOpen: (questions: string[]) => mine(questions).some(id => answerTo(id)?.shown === undefined),
    /** The first one that the reader has neither answered nor asked to see. */
    unanswered: (questions: string[]) => mine(questions).find(id => answerTo(id) === undefined),
    /** For who would rather read it than predict it. */
    showAll(questions: string[]) {
      for (const id of mine(questions)) show(slug(), id)
    },
  }
}

/** The same for the page that is shown; a page that is no lesson may ask, too. */
export function useAnswers() {
  const { page } = useData()
  const slug = computed(() => {
    const name = page.value.relativePath.toLowerCase().replace(/[^a-z0-9]+/g, '-')
    return lessonOn(page.value)?.slug ?? `page-${name.slice(0, 50)}`
  })
  return { slug, ...answersIn(() => slug.value) }
}
