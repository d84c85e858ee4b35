/** What a command shows in place of values that no run has given yet. Pure; while the pages are built. */
import { boundBy, COMMAND_NAME, type Part, type Pattern } from '../../../playground/format/placeholder.ts'
import type { Transcript } from '../../../playground/format/transcript.ts'
import { KINDS } from './placeholder-kinds.ts'

/** By name: the words that stand in a command until a run has given the value. */
export type CommandWords = Readonly<Record<string, string>>

/**
 * Words for the names in a transcript's commands that it binds itself, or that one above it does: `a`, of
 * `worker <a:pid> is listening`, is `pid of worker a`. Other `<name>`s are redirections.
 *
 * @param all the page's transcripts, in its order
 */
export function commandWords({ commands, line, lang }: Transcript, all: readonly Transcript[]): CommandWords {
  const above = all.filter(each => each.line <= line && (!lang || !each.lang || each.lang === lang))
  const patterns = above.flatMap(patternsOf).reverse()
  const names = commands.flatMap(({ input }) =>
    [...input.join('\n').matchAll(COMMAND_NAME)].map(([, name]) => name!),
  )
  return Object.fromEntries(
    [...new Set(names)].flatMap(name => {
      const binding = patterns.find(pattern => boundBy([pattern]).has(name))
      return binding && !binding.rest ? [[name, wordsFor(name, binding.parts)]] : []
    }),
  )
}

function patternsOf({ continued, commands }: Transcript): Pattern[] {
  return [continued, ...commands.map(({ expectation }) => expectation)].flatMap(each => each?.patterns ?? [])
}

function wordsFor(name: string, parts: readonly Part[]): string {
  const at = parts.findIndex(part => typeof part !== 'string' && part.name === name)
  const { type, range } = parts[at] as Exclude<Part, string>
  const words = name.replaceAll('-', ' ')
  // A letter says nothing by itself; longer names are words.
  const isLetter = name.length <= 2
  if (type === 'pid' && isLetter) {
    const before = parts[at - 1]
    const noun = typeof before === 'string' && /([a-z]+) $/.exec(before)?.[1]
    return noun ? `pid of ${noun} ${words}` : `pid ${words}`
  }
  if (type === 'pid') return `pid of ${words}`
  return isLetter ? `${range || !type ? 'number' : KINDS[type].word} ${words}` : words
}
