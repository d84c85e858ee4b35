import type { Page } from './page.ts'
import { quote, type Report } from './placeholder.ts'
import type { Lang } from './transcript.ts'

/** A `::: check NAME` container: where the page shows whether a check of its `checks.ts` is met. */
export interface CheckPlace {
  name: string
  /** Of its first line. */
  line: number
  /** It stands within `::: lang ts` or `::: lang py`: only readers of that language see it. */
  lang?: Lang
  /** Not met here: nothing up to this line is to solve the challenge of this name. */
  unmet?: true
}

const NAME = /^[a-z][a-z\d]*(?:-[a-z\d]+)*$/
const LONGEST_NAME = 64

/** Mistakes are reported, and such a check is left out. Challenges are checks, too: they share their names. */
export function parseChecks({ containers }: Page, report: Report): CheckPlace[] {
  const places: CheckPlace[] = []
  const seen: CheckPlace[] = []
  for (const { line, name: container, rest: name, empty, within } of containers) {
    if (container !== 'check' && container !== 'challenge') continue
    const lang = langOf(within)
    const same = seen.find(place => place.name === name && (!place.lang || !lang || place.lang === lang))
    const mistake = container === 'check' ? nameMistake('check', name) : undefined
    if (!mistake && empty) {
      const todo = 'write one sentence into it that says what must be so'
      report({ line, what: `the ${container} ${quote(name)} is empty`, todo })
    }
    if (mistake) report({ line, ...mistake })
    else if (same) {
      const todo = 'give one of them another name'
      report({ line, what: `the check ${quote(name)} stands in line ${same.line} already`, todo })
    } else {
      const place = lang ? { name, line, lang } : { name, line }
      seen.push(place)
      if (container === 'check') places.push(place)
    }
  }
  return places
}

/** What is wrong with what stands behind `::: check` or `::: challenge`. */
export function nameMistake(
  kind: 'check' | 'challenge',
  name: string,
): { what: string; todo: string } | undefined {
  if (name === '') return { what: `a ${kind} without a name`, todo: `write ::: ${kind} NAME` }
  if (NAME.test(name) && name.length <= LONGEST_NAME) return undefined
  const words = name
    .replace(/(?<=[a-z\d])[A-Z_]/g, letter => `-${letter}`)
    .replace(/_/g, '')
    .toLowerCase()
  if (NAME.test(words) && words.length <= LONGEST_NAME)
    return { what: `${quote(name)} is no name of a ${kind}`, todo: `write ${words}` }
  const todo = `write lowercase letters and digits with \`-\` between words, up to ${LONGEST_NAME} characters`
  return { what: `${quote(name)} is no name of a ${kind}`, todo }
}

/** That of the `::: lang` container among these. */
export function langOf(within: string[]): Lang | undefined {
  return within.map(info => /^lang\s+(ts|py)$/.exec(info)?.[1] as Lang | undefined).find(Boolean)
}
