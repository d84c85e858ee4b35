import { type Ref, ref, watch } from 'vue'

/**
 * A ref that localStorage remembers, as JSON-free text; '' is forgotten. Nothing is read while the server
 * renders, nor before `recall` is called (in `onMounted`), so that the first render equals the server's.
 */
export function remembered(name: string, initial = ''): Ref<string> & { recall(): void } {
  const value = ref(initial)
  watch(value, text => store(name, text), { flush: 'sync' })
  return Object.assign(value, {
    recall() {
      value.value = recall(name) ?? initial
    },
  })
}

/** Undefined where storage is forbidden (some private windows throw). */
export function recall(name: string): string | undefined {
  try {
    return localStorage.getItem(name) ?? undefined
  } catch {
    return undefined
  }
}

/** What cannot be stored holds until the page is left. */
export function store(name: string, text: string): void {
  try {
    if (text === '') localStorage.removeItem(name)
    else localStorage.setItem(name, text)
  } catch {
    // Forbidden or full.
  }
}

/** The same, for this tab alone and as long as it is open. */
export const tab = {
  recall(name: string): string | undefined {
    try {
      return sessionStorage.getItem(`playground-${name}`) ?? undefined
    } catch {
      return undefined
    }
  },
  store(name: string, text: string): void {
    try {
      if (text === '') sessionStorage.removeItem(`playground-${name}`)
      else sessionStorage.setItem(`playground-${name}`, text)
    } catch {
      // Forbidden or full.
    }
  },
}
