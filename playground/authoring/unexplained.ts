import type { Lesson } from '../format/lesson.ts'
import type { Problem } from './page-problems.ts'

/** Questions whose wrong choices do not say why they are wrong. */
export interface Unexplained {
  /** Of a page that explains some of its choices: it is not finished. */
  problems: Problem[]
  /** Of one that explains none: it may be so. */
  notes: Problem[]
}

export function unexplainedChoices({ file, questions }: Lesson): Unexplained {
  const found = questions.flatMap(({ line, choices, right }): Problem[] => {
    const count = choices.filter(({ id, why }) => id !== right && why === undefined).length
    if (count === 0) return []
    const what = `${count === 1 ? 'a wrong choice does' : `${count} wrong choices do`} not say why`
    return [{ file, line, what, todo: 'write a sentence behind `  > `, straight below the choice' }]
  })
  const isBegun = questions.some(({ choices }) => choices.some(({ why }) => why !== undefined))
  return isBegun ? { problems: found, notes: [] } : { problems: [], notes: found }
}
