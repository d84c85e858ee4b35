import { nextTick, onBeforeUnmount, ref, shallowRef, useId } from 'vue'

/** Pixels between what is pointed at and its tip, and between the tip and the window's edge. */
const GAP = { target: 6, edge: 12 }
/** Milliseconds in which the pointer can reach the tip. */
const LINGER = 150

export type Tip = ReturnType<typeof createTip>

/**
 * What is said of an element that is pointed at, focused or tapped, beside it and above the page, in a `TipBox`;
 * Escape, or the pointer elsewhere, takes it away.
 */
export function createTip() {
  const id = useId()
  /** The element that says it. */
  const box = shallowRef<HTMLElement>()
  /** What it is said of; undefined: nothing is said. */
  const target = shallowRef<HTMLElement>()
  const place = ref({ left: '0', top: '0' })
  let leaving: ReturnType<typeof setTimeout> | undefined

  onBeforeUnmount(hide)
  return { id, box, target, place, show, hide, hideSoon, keep: () => clearTimeout(leaving), tap }

  async function show(element: HTMLElement): Promise<void> {
    clearTimeout(leaving)
    if (target.value === element) return
    hide()
    target.value = element
    element.setAttribute('aria-describedby', id)
    addEventListener('keydown', dismiss, { capture: true })
    addEventListener('scroll', follow, { passive: true })
    addEventListener('resize', hide)
    addEventListener('pointerdown', hideFromOutside)
    await nextTick()
    if (target.value) position(target.value)
  }

  function hide(): void {
    clearTimeout(leaving)
    target.value?.removeAttribute('aria-describedby')
    target.value = undefined
    removeEventListener('keydown', dismiss, { capture: true })
    removeEventListener('scroll', follow)
    removeEventListener('resize', hide)
    removeEventListener('pointerdown', hideFromOutside)
  }

  function hideSoon(): void {
    clearTimeout(leaving)
    leaving = setTimeout(hide, LINGER)
  }

  /** A finger has no way to point: its first tap shows. A swipe that ends here cannot be cancelled and is none. */
  function tap(event: TouchEvent, element: HTMLElement): void {
    if (target.value === element || !event.cancelable) return
    event.preventDefault()
    void show(element)
  }

  function dismiss(event: KeyboardEvent): void {
    if (event.key !== 'Escape') return
    event.stopPropagation()
    hide()
  }

  function hideFromOutside({ target: other }: PointerEvent): void {
    if (other instanceof Node && !target.value?.contains(other) && !box.value?.contains(other)) hide()
  }

  /** Who moves on with the keyboard makes the page scroll: the tip stays with its element while that can be seen. */
  function follow(): void {
    if (!target.value) return
    const { top, bottom } = target.value.getBoundingClientRect()
    if (bottom < 0 || top > window.innerHeight) hide()
    else if (box.value) position(target.value)
  }

  /** Below the element's first line, or above it where there is no room; always within the window. */
  function position(element: HTMLElement): void {
    const at = element.getClientRects()[0]!
    const { offsetWidth, offsetHeight } = box.value!
    const left = Math.max(
      GAP.edge,
      Math.min(at.left, document.documentElement.clientWidth - offsetWidth - GAP.edge),
    )
    const below = at.bottom + GAP.target
    const fits = below + offsetHeight + GAP.edge < window.innerHeight
    place.value = { left: `${left}px`, top: `${fits ? below : at.top - GAP.target - offsetHeight}px` }
  }
}
