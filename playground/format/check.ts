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
}

const NAME = /^[a-z][a-z\d]*(?:-[a-z\d]+)*$/
const LONGEST_NAME = 64

/** Mistakes are reported, and such a check is left out. */
export function parseChecks({ containers }: Page, report: Report): CheckPlace[] {
  const places: CheckPlace[] = []
  for (const { line, name: container, rest: name, within } of containers) {
    if (container !== 'check') continue
    const lang = langOf(within)
    const same = places.find(place => place.name === name && (!place.lang || !lang || place.lang === lang))
    if (name === '') report({ line, what: 'a check without a name', todo: 'write ::: check NAME' })
    else if (!NAME.test(name) || name.length > LONGEST_NAME) {
      const todo = `write lowercase letters and digits with \`-\` between words, up to ${LONGEST_NAME} characters`
      report({ line, what: `${quote(name)} is no name of a check`, todo })
    } else if (same) {
      const todo = 'give one of them another name'
      report({ line, what: `the check ${quote(name)} stands in line ${same.line} already`, todo })
    } else places.push(lang ? { name, line, lang } : { name, line })
  }
  return places
}

function langOf(within: string[]): Lang | undefined {
  return within.map(info => /^lang\s+(ts|py)$/.exec(info)?.[1] as Lang | undefined).find(Boolean)
}
