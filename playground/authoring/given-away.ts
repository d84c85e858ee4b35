import type { Token } from 'markdown-it'
import { parseFrontmatter } from '../format/frontmatter.ts'
import type { Lesson } from '../format/lesson.ts'
import { readTokens } from '../format/page.ts'
import { closeOf, plainText, type Question } from '../format/question.ts'
import { COMMON, isAlike, keyOf, keysOf, ONE, pairsOf, wordsOf } from './likeness.ts'
import type { Problem } from './page-problems.ts'

interface Place {
  name: string
  text: string
  /** `loud`: of few words, each read; `near`: read before all questions of the page. */
  weight: 'loud' | 'near' | 'text' | 'question'
}

/** What stands above a question, as a reader comes by it. */
interface Above {
  line: number
  places: Place[]
  /** Why the author lets it be: what a comment straight above the question says. */
  reason?: string
}

/** `<!-- not given away: REASON -->`, on a line above the question. */
const SILENCE = /<!--\s*not given away:\s*([^>]*?)\s*-->/
/** A word in so large a part of the page's sections is what the page is about, and tells nothing. */
const SPREAD = 1 / 3
/** These tell only with their neighbours: "one" and "second" are everywhere, and each question asks who answers. */
const COUNTS = /^(?:\d+|ones?|only|two|thre?e?|four|five|six|seven|eight|nine|ten)$/i
const WEAK = /^(?:first|seconds?|third|fourth|last|old|new|answer(?:s|ed)?|[a-z])$/i

/**
 * Questions whose answer may be read above them: words of the right choice that no other choice has, in the title,
 * description, introduction, heading or text. By words alone; what is said in other words, this does not find.
 *
 * @param words headings of the page of words: what every lesson speaks of
 */
export function givenAway({ file, questions, slug }: Lesson, text: string, words: Set<string>): Problem[] {
  const page = readAbove(text, slug)
  return questions.flatMap((question): Problem[] => {
    const above = page.questions.find(({ line }) => line === question.line)
    if (!above) return []
    const found = foundIn(question, above, words, page.sections)
    const say = (what: string, todo: string) => [{ file, line: question.line, what, todo }]
    if (above.reason === '') return say('a silenced question without a reason', 'say why, behind the colon')
    if (above.reason !== undefined && !found)
      return say('nothing gives this question away', 'delete the comment above it')
    if (above.reason !== undefined || !found) return []
    return say(
      `the right choice may be read above it: ${found}`,
      'say it otherwise there, or write <!-- not given away: REASON --> above the question',
    )
  })
}

/** What is told, and where: `once (description), one worker (heading)`; '' for nothing. */
function foundIn(question: Question, above: Above, words: Set<string>, sections: Set<string>[]): string {
  const telling = tellingOf(question)
  const asked = new Set(keysOf(question.text))
  const askedPairs = new Set(pairsOf(question.text))
  const pairs = new Set(pairsOf(telling.text).filter(pair => isTelling(pair) && !askedPairs.has(pair)))
  const found = above.places.flatMap(({ name, text, weight }) => {
    const told = wordsOf(text).filter(word => tells(word, weight))
    const couples = weight === 'question' ? [] : pairsOf(text).filter(pair => pairs.has(pair))
    const sentences =
      weight === 'question'
        ? []
        : text
            .split(/[.:;?!]\s/)
            .map(sharedWith)
            .filter(isAnswer)
    return told
      .concat(
        sentences.map(shared => shared.join(' … ')),
        couples.map(pair => pair.replace('#', '')),
      )
      .map(word => `${word.toLowerCase()} (${name})`)
  })
  return [...new Set(found)].join(', ')

  function tells(word: string, weight: Place['weight']): boolean {
    const key = keyOf(word)
    if (!telling.keys.has(key) || isWeak(word)) return false
    // In the question itself only what means the same in another word, such as "in turns" for "exactly".
    if (weight === 'question') return isAlike(key) && key !== ONE && !telling.words.has(word.toLowerCase())
    if (words.has(key) || (asked.has(key) && key !== ONE)) return false
    return weight === 'loud' || (!isSpread(key) && (weight === 'near' || key !== ONE))
  }

  /** Of a sentence, each once. */
  function sharedWith(sentence: string): string[] {
    const said = new Set(keysOf(telling.text).filter(key => !COMMON.has(key) && !asked.has(key)))
    const shared = wordsOf(sentence).filter(word => said.has(keyOf(word)))
    return [...new Map(shared.map(word => [keyOf(word), word])).values()]
  }

  /** So many words of the right choice in one sentence are the choice in other words. */
  function isAnswer(shared: string[]): boolean {
    return shared.length >= 3 && shared.some(word => telling.keys.has(keyOf(word)) && !isWeak(word))
  }

  function isTelling(pair: string): boolean {
    return pair.split(' ').some(key => telling.keys.has(key) && !words.has(key) && !isWeak(key))
  }

  function isSpread(key: string): boolean {
    const most = Math.max(2, sections.length * SPREAD)
    return sections.filter(section => section.has(key)).length > most
  }
}

function isWeak(word: string): boolean {
  return COUNTS.test(word) || WEAK.test(word)
}

/** What only the right choice says. Behind a choice's first stop stands its reason, and others may well name that. */
function tellingOf({ choices, right }: Question) {
  const { text } = choices.find(({ id }) => id === right)!
  const others = choices.filter(({ id }) => id !== right).map(choice => choice.text)
  const head = new Set(keysOf(headOf(text)))
  const inHeads = new Set(others.map(headOf).flatMap(keysOf))
  const inAll = new Set(others.flatMap(keysOf))
  const isNumber = head.size === 1 && others.every(other => keysOf(headOf(other)).join() !== [...head].join())
  const keys = keysOf(text).filter(
    key => !COMMON.has(key) && ((isNumber && head.has(key)) || !(head.has(key) ? inHeads : inAll).has(key)),
  )
  return { text, keys: new Set(keys), words: new Set(wordsOf(text).map(word => word.toLowerCase())) }
}

function headOf(text: string): string {
  return text.split(/[:.,;](?:\s|$)/)[0]!
}

/** Of each question what stands above it, and of each section the words in it. */
function readAbove(text: string, slug: string): { questions: Above[]; sections: Set<string>[] } {
  const { title = '', description = '' } = parseFrontmatter(text).values
  const page: Place[] = [
    { name: 'title or address', text: `${title} ${slug}`, weight: 'loud' },
    { name: 'description', text: String(description), weight: 'loud' },
  ]
  const sections = [{ heading: '', texts: [] as string[] }]
  const questions: Above[] = []
  const tokens = readTokens(text, () => {})
  let reason: string | undefined
  for (let index = 0; index < tokens.length; index++) {
    const token = tokens[index]!
    const { heading, texts } = sections.at(-1)!
    if (token.type === 'container_open' && /^predict\b/.test(token.info)) {
      const asked = questionText(tokens, index)
      const introduction = sections.length > 1 ? sections[0]!.texts.join('\n') : ''
      const places: Place[] = [
        ...page,
        { name: 'introduction', text: introduction, weight: 'near' },
        { name: 'heading', text: heading, weight: 'loud' },
        { name: 'text above', text: texts.join('\n'), weight: 'text' },
        { name: 'question', text: asked, weight: 'question' },
      ]
      questions.push({ line: (token.map?.[0] ?? 0) + 1, places, ...(reason !== undefined && { reason }) })
      index = closeOf(tokens, index)
    } else if (token.type === 'heading_open' && token.tag !== 'h1') {
      sections.push({ heading: plainText(tokens[++index]!), texts: [] })
    } else if (token.type === 'inline') texts.push(plainText(token))
    reason = token.type === 'html_block' ? SILENCE.exec(token.content)?.[1] : undefined
  }
  return {
    questions,
    sections: sections.map(({ heading, texts }) => new Set(keysOf([heading, ...texts].join('\n')))),
  }
}

/** Without the choices. */
function questionText(tokens: Token[], open: number): string {
  const list = tokens.findIndex((token, index) => index > open && token.type === 'bullet_list_open')
  const inner = tokens.slice(open, list < 0 ? open : list)
  return inner.flatMap(token => (token.type === 'inline' ? plainText(token) : [])).join(' ')
}
