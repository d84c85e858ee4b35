import { formatMistake, type Mistake } from '../../playground/format/lesson.ts'

/** Mistakes as a box on the page, in place of what is wrong or above it. */
export function mistakeBox(mistakes: Mistake[]): string {
  const lines = mistakes.map(mistake => `<p>${escapeHtml(formatMistake(mistake))}</p>`)
  return `<div class="mistake" role="alert" v-pre><p class="mistake-title">A mistake on this page</p>${lines.join('')}</div>\n`
}

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, c => `&#${c.charCodeAt(0)};`)
}
