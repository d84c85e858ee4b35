import { nextTick } from 'vue'
import { tab } from './remembered.ts'

/**
 * A reload leads back to where the reader was. The browser would do it too early: in development, before there is a
 * page. To be called when the page is mounted. Returns what ends it.
 */
export function keepPlace(): () => void {
  const name = () => `place-${location.pathname}`
  const place = Number(tab.recall(name()) ?? 0)
  tab.store(name(), '')
  const [navigation] = performance.getEntriesByType('navigation') as PerformanceNavigationTiming[]
  // Not before the language and the answers that are remembered have their room.
  if (place > 0 && navigation?.type === 'reload' && location.hash === '')
    void nextTick(() => scrollTo(0, place))
  const leave = () => tab.store(name(), String(scrollY))
  addEventListener('pagehide', leave)
  return () => removeEventListener('pagehide', leave)
}

/** Pixels below the window's top: below the bars, where one reads. */
const READING = 120

/** Has what is being read stay where it is while something changes the page's layout. Resolves when it is laid out. */
export async function holdPlace(change: () => void): Promise<void> {
  const hold = placeHeld()
  change()
  await nextTick()
  hold()
}

/** @returns brings what is being read now back to where it is now */
export function placeHeld(): () => void {
  const distance = (element: Element) => Math.abs(element.getBoundingClientRect().top - READING)
  const all = [...document.querySelectorAll('.vp-doc :is(h1, h2, h3, p, ul, .Transcript, .Predict, .Check)')]
  const seen = all.filter(element => !element.closest('.lang-ts, .lang-py') && element.checkVisibility())
  const [first, ...others] = seen
  if (!first) return () => {}
  const anchor = others.reduce((one, other) => (distance(other) < distance(one) ? other : one), first)
  const { top } = anchor.getBoundingClientRect()
  const { style } = document.documentElement
  return () => {
    // The browser's own anchor is another one, and would move the page once more.
    style.overflowAnchor = 'none'
    scrollBy({ top: anchor.getBoundingClientRect().top - top, behavior: 'instant' })
    requestAnimationFrame(() => requestAnimationFrame(() => style.removeProperty('overflow-anchor')))
  }
}
