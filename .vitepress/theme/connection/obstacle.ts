import { computed } from 'vue'
import { server } from './health.ts'
import { key } from './key.ts'

/** Why nothing can run behind this page at all; undefined when something can, or as long as nobody knows. */
export const obstacle = computed(() => {
  const { value } = server
  if (value.kind === 'unknown') return undefined
  if (value.kind === 'static') return 'static'
  if (
    value.kind === 'live' &&
    (value.health.platform !== 'linux' || value.health.sandbox === 'unavailable')
  ) {
    return 'no-linux'
  }
  return key.value === undefined ? 'no-key' : undefined
})
