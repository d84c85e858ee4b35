import { formatMistake, type Mistake } from '../../playground/format/lesson.ts'

/** Mistakes as a box on the page, in place of what is wrong or above it. */
export function mistakeBox(mistakes: Mistake[]): string {
  return box(mistakes, 'class="mistake" role="alert"', 'A mistake on this page')
}

/** What is allowed, but probably not meant: for the author alone, so not where the site is built. */
export function warningBox(warnings: Mistake[]): string {
  return box(warnings, 'class="mistake warning" role="note"', 'For the author: probably not meant')
}

/** Takes out those between two lines of the file; what nobody takes is shown at the top of the page. */
export function takeMistakes(mistakes: Mistake[], first: number, last: number): Mistake[] {
  const mine = mistakes.filter(({ line }) => line >= first && line <= last)
  for (const mistake of mine) mistakes.splice(mistakes.indexOf(mistake), 1)
  return mine
}

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, c => `&#${c.charCodeAt(0)};`)
}

/** '' for none. */
function box(mistakes: Mistake[], attributes: string, title: string): string {
  if (mistakes.length === 0) return ''
  const lines = mistakes.map(mistake => `<p>${escapeHtml(formatMistake(mistake))}</p>`)
  return `<div ${attributes} v-pre><p class="mistake-title">${title}</p>${lines.join('')}</div>\n`
}
