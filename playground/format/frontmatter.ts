import { LineCounter, parseDocument } from 'yaml'

/** What a page says of itself between its two `---` lines. */
export interface Frontmatter {
  /** Empty where there is none, or no end of it, or no YAML in it. */
  values: Record<string, unknown>
  /** Why it is no YAML. Lines count the page's. */
  broken?: { line: number; message: string }
  /** Where a key's value stands; 1 for one that is not there. */
  lineOf(key: string): number
}

export function parseFrontmatter(text: string): Frontmatter {
  const block = frontmatterOf(text).replace(/^---.*\n|---[ \t]*$/g, '')
  const counter = new LineCounter()
  const document = parseDocument(block, { lineCounter: counter })
  const lineAt = (offset: number | undefined) => (offset === undefined ? 1 : counter.linePos(offset).line + 1)
  const [error] = document.errors
  if (error) {
    const message = error.message.split('\n')[0]!.replace(/ at line .*/, '')
    return { values: {}, broken: { line: lineAt(error.pos[0]), message }, lineOf: () => 1 }
  }
  return {
    values: Object(document.toJS()),
    lineOf(key) {
      const node = document.get(key, true) as { range?: [number, number, number] } | null | undefined
      return lineAt(node?.range?.[0])
    },
  }
}

/** With both its `---` lines; '' if there is none, or no end of it. */
export function frontmatterOf(text: string): string {
  const whole = unix(text)
  if (!/^---[ \t]*\n/.test(whole)) return ''
  const end = /\n---[ \t]*(?=\n|$)/.exec(whole)
  return end ? whole.slice(0, end.index + end[0].length) : ''
}

/** How many lines it takes. */
export function frontmatterLines(text: string): number {
  const block = frontmatterOf(text)
  return block === '' ? 0 : block.split('\n').length
}

/** Without the mark of its encoding, its lines ended by `\n`. */
export function unix(text: string): string {
  return text.replace(/^\ufeff/, '').replace(/\r\n?/g, '\n')
}
