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
