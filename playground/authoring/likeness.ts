/** Which words say the same: by their stem, and a few that mean alike. Of English, as far as lessons need it. */

/** Of each group the first stands for all of them. `#` keeps these from being taken for a word. */
const ALIKE: [group: string, ...words: string[]][] = [
  ['#one', 'one', '1', 'once', 'single', 'same', 'only', 'alone'],
  ['#exact', 'exact', 'turn', 'turns'],
  ['#fail', 'cannot', 'error', 'fail', 'refuse', 'reject', 'conflict', 'EADDRINUSE'],
  ['#reset', 'reset', 'lose', 'lost', 'ECONNRESET'],
  ['#half', 'half', 'double'],
]
export const ONE = '#one'

const WORD = /\d[\d.]*\d|\d|[\p{L}_][\p{L}\d_]*/gu
const SMALL = `a about after again all also an and another any are as at be because been before between both but by can
  come could did do does down each either even every for from go had has have he her here him his how i if in into is
  it its just may me might more most must my neither no not of off on or other others our out over own say shall she should
  so some start still such than that the their them then there these they this those to too under until up very want was
  we were what when where which while who whom why will with work would yes you your get got gets`

const KEYS = new Map(ALIKE.flatMap(([group, ...words]) => words.map(word => [stemOf(word), group] as const)))
/** They say nothing by themselves. */
export const COMMON: ReadonlySet<string> = new Set(SMALL.split(/\s+/).map(keyOf))

export function wordsOf(text: string): string[] {
  return text.match(WORD) ?? []
}

/** Equal for words that say the same. */
export function keyOf(word: string): string {
  const stem = stemOf(word)
  return KEYS.get(stem) ?? stem
}

export function keysOf(text: string): string[] {
  return wordsOf(text).map(keyOf)
}

/** Whether it stands for several words. */
export function isAlike(key: string): boolean {
  return key.startsWith('#')
}

/** Neighbours, without those that only hold a sentence together; `other` tells with what it belongs to. */
export function pairsOf(text: string): string[] {
  const keys = keysOf(text)
  return keys.slice(1).flatMap((key, index) => {
    const before = keys[index]!
    return isSmall(before) || isSmall(key) ? [] : [`${before} ${key}`]
  })
}

function isSmall(key: string): boolean {
  return COMMON.has(key) && key !== 'other'
}

function stemOf(word: string): string {
  const lower = word.toLowerCase()
  if (lower.length <= 3) return lower
  const singular = lower.replace(/ies$/, 'y').replace(/([^s])s$/, '$1')
  if (lower.length === 4) return singular
  return singular
    .replace(/(?:ing|ed|ly)$/, '')
    .replace(/e$/, '')
    .replace(/([bdgmnprt])\1$/, '$1')
}
