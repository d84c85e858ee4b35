/**
 * What a page carries in place of the right answer, 8 hex digits: the choice that has this seal is the right one. It
 * keeps the answer out of sight of an honest reader, and is no secret: a page has few choices to try. (FNV-1a.)
 */
export function seal(question: string, choice: string): string {
  let hash = 0x811c9dc5
  for (const char of `${question} ${choice}`) hash = Math.imul(hash ^ char.charCodeAt(0), 0x01000193)
  return (hash >>> 0).toString(16).padStart(8, '0')
}
