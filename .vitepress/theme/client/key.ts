import { ref } from 'vue'
import { recall, store } from './remembered.ts'

const NAME = 'playground-key'

/** The secret that opens this reader's workbenches; undefined until the link with it was opened. */
export const key = ref<string>()

/**
 * Takes the key out of the address (`#key=…`), where it would be bookmarked and shown on a projector, and
 * remembers it. Must run before VitePress's router reads the address: the theme's entry calls it. The link
 * may also be opened while a page is open: in this tab only the hash changes then; another one stores it.
 */
export function takeKey(): void {
  takeFromAddress()
  addEventListener('hashchange', () => {
    takeFromAddress()
    recallKey()
  })
  addEventListener('storage', event => {
    if (event.key !== NAME) return
    taken = undefined
    recallKey()
  })
}

/** To be called when the page is mounted: what the server rendered knew no key. */
export function recallKey(): void {
  key.value = taken ?? recall(NAME)
}

/** Holds where nothing can be stored. */
let taken: string | undefined

function takeFromAddress(): void {
  const found = /^#key=([\w-]{16,256})$/.exec(location.hash)?.[1]
  if (found === undefined) return
  taken = found
  store(NAME, found)
  history.replaceState(history.state, '', location.pathname + location.search)
}
