import { shallowRef } from 'vue'
import { data } from './watched.made.ts'

/** What `verify --watch` says of the pages; nothing where none runs, or the site is built. */
export const watched = shallowRef(data)

if (import.meta.hot)
  import.meta.hot.accept('./watched.made.ts', made => {
    if (made) watched.value = made.data
  })
