/**
 * Tab goes past a terminal that has been left, once: within it Tab is the shell's, and who comes in again that way
 * would get no further.
 *
 * @param field what Tab would come to
 * @param from where the focus has gone, before it
 */
export function passOver(field: HTMLElement, from: HTMLElement): void {
  field.tabIndex = -1
  document.addEventListener('focusin', function look({ target }) {
    const at = target as Node
    if (at === from || (isBefore(from, at) && isBefore(at, field))) return
    field.tabIndex = 0
    document.removeEventListener('focusin', look)
  })
}

function isBefore(one: Node, other: Node): boolean {
  return Boolean(one.compareDocumentPosition(other) & Node.DOCUMENT_POSITION_FOLLOWING)
}
