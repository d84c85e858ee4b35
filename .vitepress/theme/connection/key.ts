import { ref } from 'vue'
import { recall, store } from '../ui/remembered.ts'
import { askServer } from './health.ts'

const NAME = 'playground-key'
/** Milliseconds between two questions whether a key fits: any site can open links to here, one after the other. */
const ASK_EVERY = 1000

/** The secret that opens this reader's workbenches; undefined until the link with it was opened. */
export const key = ref<string>()

/** A link was opened whose key the server does not take; there until the reader has read it. */
export const misfit = ref(false)

/**
 * Takes the key out of the address (`#key=…`), where it would be bookmarked and shown on a projector. It is
 * remembered once the server has said that it fits: any site can open a link with another one, which must not shut
 * the reader out. Must run before VitePress's router reads the address: the theme's entry calls it. The link may also
 * be opened while a page is open: in this tab only the hash changes then; another one stores it.
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

/** To be called when the page is mounted: what was rendered on the server knew no key, and of no server. */
export function recallKey(): void {
  key.value = taken ?? recall(NAME)
  void ask()
}

/** Holds where nothing can be stored, and where nothing was until it is known to fit. */
let taken: string | undefined
/** The one that came last and nobody has been asked about. */
let offered: string | undefined
let asking = false

function takeFromAddress(): void {
  const found = /^#key=([\w-]{16,256})$/.exec(location.hash)?.[1]
  if (found === undefined) return
  history.replaceState(history.state, '', location.pathname + location.search)
  const known = taken ?? recall(NAME)
  if (found === known) return
  // Nothing is lost by trying it: the terminals need not wait for the answer.
  if (known === undefined) taken = found
  offered = found
}

async function ask(): Promise<void> {
  if (asking) return
  asking = true
  while (offered !== undefined) {
    const candidate = offered
    offered = undefined
    const answer = await askWhetherItFits(candidate)
    if (answer === 'unknown') offered ??= candidate
    else settle(candidate, answer === 'fits')
    await new Promise(resolve => setTimeout(resolve, ASK_EVERY))
  }
  asking = false
}

function settle(candidate: string, fits: boolean): void {
  if (fits) {
    taken = candidate
    store(NAME, candidate)
  } else if (taken === candidate) taken = undefined
  misfit.value = !fits
  recallKey()
}

async function askWhetherItFits(candidate: string): Promise<'fits' | 'does not' | 'unknown'> {
  // Where the pages are files, nobody knows of keys, and the request would fail.
  if ((await askServer()).kind === 'static') return 'does not'
  try {
    const { status } = await fetch('/api/key', { headers: { authorization: `Bearer ${candidate}` } })
    // A server that is about to end says 503.
    return status === 204 ? 'fits' : status >= 500 ? 'unknown' : 'does not'
  } catch {
    return 'unknown'
  }
}
