import type { Choice, Question } from '../../../playground/format/question.ts'
import { seal } from '../../../playground/format/seal.ts'
import type { LessonProgress } from './progress.ts'

/** One question that the reader has met: answered, or seen the answer of. */
export interface Entry {
  id: string
  question: string
  /** What the choice says, and whether the kernel does it; undefined: not answered then. */
  before?: Said
  after?: Said
  /** What the run shows; undefined as long as the reader has not seen it. */
  kernel?: string
}

export interface Said {
  text: string
  /** Undefined as long as the reader has not seen what the kernel does. */
  same?: boolean
}

/** Those of one lesson that the reader has met, in page order. What the page has no longer is left out. */
export function entriesOf(
  questions: Pick<Question, 'id' | 'text' | 'choices' | 'right'>[],
  { answers }: LessonProgress,
): Entry[] {
  return questions.flatMap(({ id, text, choices, right }) => {
    const answer = answers[id]
    if (!answer) return []
    const isRight = (choice: string) => seal(id, choice) === right
    const said = (choice: string | undefined): Said | undefined => {
      const found = choices.find(each => each.id === choice)
      return found && { text: found.text, ...(answer.shown !== undefined && { same: isRight(found.id) }) }
    }
    const kernel =
      answer.shown === undefined ? undefined : choices.find((choice: Choice) => isRight(choice.id))?.text
    return [
      { id, question: text, before: said(answer.before?.choice), after: said(answer.after?.choice), kernel },
    ]
  })
}

/** `Before the run, 2 of 3 answers were what the kernel does; after it, 1 of 1.`; '' while nothing is shown. */
export function sumUp(entries: Entry[]): string {
  const judged = (when: 'before' | 'after') => {
    const said = entries.flatMap(entry => (entry[when]?.same === undefined ? [] : [entry[when].same]))
    return said.length > 0 ? `${said.filter(Boolean).length} of ${said.length}` : undefined
  }
  const [before, after] = [judged('before'), judged('after')]
  if (before)
    return `Before the run, ${before} answers were what the kernel does${after ? `; after it, ${after}` : ''}.`
  return after ? `After the run, ${after} answers were what the kernel does.` : ''
}
