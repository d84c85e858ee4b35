import type { Lesson } from '../format/lesson.ts'
import { quote, type Report } from '../format/placeholder.ts'
import { allTranscripts } from '../format/way.ts'
import { ADDRESS, backs, type Evidence, joinEvidence, NUMBER, readEvidence, toNumber } from './evidence.ts'
import type { Block, Section } from './prose.ts'
import { parseSum } from './sum.ts'

/** What the numbers of a page's prose may be compared with. */
export interface Proofs {
  lesson: Pick<Lesson, 'transcripts' | 'challenges' | 'snippets'>
  /** Text of the snippet in this line; '' where it is not there. */
  snippetText(line: number): string
  /** What the lesson shows to which a link leads; undefined where it leads to no lesson. */
  linked(href: string): Evidence | undefined
}

/** What a whole page shows. */
export function evidenceOf(sections: Section[], proofs: Proofs): Evidence {
  return joinEvidence(sections.map((_, index) => sectionEvidence(sections, index, proofs)))
}

/**
 * Reports each number in a lesson's prose that nothing beside it backs.
 *
 * It is backed by a number, or a placeholder's range, in what its section runs, shows and checks, or asks in an
 * exercise; by a link out of the page in its own block, and by one to another lesson where that lesson shows it; or by
 * a comment `<!-- number: 4 × 50 -->` behind it, whose result it is and whose numbers are backed.
 *
 * Names need less. The number of a lesson, or of a numbered heading of the page, is none of the kernel's. Addresses and
 * ports must be run anywhere on the page; a version or a year must stand among its sources.
 */
export function reportUnbacked(sections: Section[], proofs: Proofs, report: Report): void {
  const page = evidenceOf(sections, proofs)
  const names = namesOf(sections)
  for (const [index, { blocks }] of sections.entries()) {
    const near = sectionEvidence(sections, index, proofs)
    for (const block of blocks) {
      if (block.kind !== 'prose' && block.kind !== 'question') continue
      const beside = joinEvidence([near, ...block.links.flatMap(href => proofs.linked(href) ?? [])])
      const unbacked = isSourced(block)
        ? []
        : numbersIn(block, page, names).filter(({ text }) => !backs(beside, toNumber(text)))
      reportBlock(block, unbacked, beside, report)
    }
  }
}

interface Names {
  /** The first words of headings such as "7. The forgotten server". */
  headings: Set<string>
  sources: Set<string>
}

const TODO = 'show it in a transcript, a check or a snippet of this section, link its source, or leave it out'
const SUM = /^number:(.*)$/s
/** They turn a share into per cent, seconds into milliseconds, and minutes into seconds. */
const UNITS = [60, 100, 1000]
/** In prose a blank may set off thousands, too; in output it parts two numbers. */
const SPACED = /(?<![\p{L}\d_.]|\p{L}-)\d{1,3}(?:[ \u00a0\u202f]\d{3})+(?![\d.])/u
const ADDRESS_OR_NUMBER = new RegExp([ADDRESS, SPACED, NUMBER].map(({ source }) => source).join('|'), 'gu')
const ADDRESS_AND_PORT = new RegExp(`(${ADDRESS.source})(?::(\\d+))?`, 'g')

function sectionEvidence(sections: Section[], index: number, { lesson, snippetText }: Proofs): Evidence {
  const { line: first, blocks } = sections[index]!
  const last = sections[index + 1]?.line ?? Number.POSITIVE_INFINITY
  const isHere = ({ line }: { line: number }) => line >= first && line < last
  const shown = blocks.filter(({ kind }) => kind === 'check' || kind === 'right' || kind === 'summary')
  const snippets = lesson.snippets.filter(isHere).map(({ line }) => snippetText(line))
  return readEvidence(allTranscripts(lesson).filter(isHere), [...snippets, ...shown.map(({ text }) => text)])
}

function namesOf(sections: Section[]): Names {
  const headings = sections.flatMap(({ heading }) => /^(\d+)\. /.exec(heading)?.[1] ?? [])
  const sources = sections.filter(({ heading }) => heading === 'Sources').flatMap(({ blocks }) => blocks)
  const named = sources
    .filter(isSourced)
    .flatMap(({ text }) => [...text.matchAll(NUMBER)].map(([number]) => number))
  return { headings: new Set(headings), sources: new Set(named) }
}

/** Whether it holds a link out of the site. */
function isSourced({ links }: Block): boolean {
  return links.some(href => /^(?:https?:)?\/\//.test(href))
}

/** Numbers of a block that must be backed, each with its place in the text. */
function numbersIn(
  { text }: Block,
  page: Evidence,
  { headings, sources }: Names,
): { text: string; at: number }[] {
  // What is a name is blanked out, so that places stay.
  const blank = (source: string) => source.replace(/[^\n]/g, ' ')
  const isRun = (port: string | undefined) => port === undefined || page.numbers.has(Number(port))
  const isHeading = (number: string) => headings.has(number)
  const rest = text
    .replace(/\b[Ll]essons?\s\d\d(?:(?:,| and| to)\s\d\d)*(?!\d)/g, blank)
    .replace(/^(\d+)(?=\. )/, (source, number) => (isHeading(number) ? blank(source) : source))
    .replace(/\b[Nn]umber\s(\d+)(?![\d.]*\d)/g, (source, number) =>
      isHeading(number) ? blank(source) : source,
    )
    .replace(ADDRESS_AND_PORT, (source, address, port) =>
      page.addresses.has(address) && isRun(port) ? blank(source) : source,
    )
    .replace(/\bport\s(\d+)(?!\.?\d)/g, (source, port) => (isRun(port) ? blank(source) : source))
  return [...rest.matchAll(ADDRESS_OR_NUMBER)].flatMap(({ 0: text, index: at }) => {
    const isYearOrVersion = /^(?:19|20)\d\d$|\./.test(text)
    return isYearOrVersion && sources.has(text) ? [] : [{ text, at }]
  })
}

function reportBlock(
  { line, text, comments }: Block,
  unbacked: { text: string; at: number }[],
  evidence: Evidence,
  report: Report,
): void {
  const open = [...unbacked]
  for (const comment of comments) {
    const source = SUM.exec(comment.text)?.[1]?.trim()
    if (source === undefined) continue
    const sum = parseSum(source)
    const lost = sum?.operands.find(number => !UNITS.includes(number) && !backs(evidence, number))
    const found = open.findIndex(({ text }) => sum && isResult(sum.value, text))
    if (!sum) {
      const todo = 'write numbers with + - × / and brackets between them'
      report({ line: comment.line, what: `${quote(source)} is no sum`, todo })
    } else if (lost !== undefined) {
      const todo = 'use numbers that a transcript, a check or a snippet of this section shows'
      report({ line: comment.line, what: `nothing backs the ${lost} of ${quote(source)}`, todo })
    } else if (found < 0) {
      const todo = 'put it behind the number that it gives, or leave it out'
      report({
        line: comment.line,
        what: `${quote(source)} gives ${sum.value}, which needs no backing here`,
        todo,
      })
    } else open.splice(found, 1)
  }
  for (const { text: number, at } of open) {
    const below = text.slice(0, at).split('\n').length - 1
    report({ line: line + below, what: `nothing beside it backs ${number}`, todo: TODO })
  }
}

/** Rounded as the page rounds it. */
function isResult(value: number, text: string): boolean {
  const decimals = text.split('.')[1]?.length ?? 0
  return Number(value.toFixed(decimals)) === toNumber(text)
}
