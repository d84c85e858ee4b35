import { type ComputedRef, computed, onMounted, shallowRef } from 'vue'
import { server } from '../connection/health.ts'
import { language } from '../ui/language.ts'
import { type Count, countSteps, type LessonSteps, lessonIn } from './progress.ts'
import { progress, recallProgress } from './progress-store.ts'

/** By slug: how far the reader is in each lesson. Undefined until what there is to do has been loaded. */
export function useCounts(): ComputedRef<Record<string, Count> | undefined> {
  const steps = shallowRef<Record<string, LessonSteps>>()
  onMounted(async () => {
    recallProgress()
    // Apart from the page's own scripts: nothing waits for it.
    steps.value = (await import('./steps.made.ts')).data
  })
  return computed(() => {
    if (!steps.value) return undefined
    const entries = Object.entries(steps.value).map(([slug, all]) => {
      return [slug, countSteps(all, lessonIn(progress.value, slug), language.value, missingHere())]
    })
    return Object.fromEntries(entries)
  })
}

/** Programs that lessons need and this machine lacks. */
function missingHere(): string[] {
  if (server.value.kind !== 'live') return []
  return server.value.health.preflight.filter(({ ok }) => !ok).map(({ thing }) => thing)
}

/** For people who cannot see a bar: `12 of 30 commands, 1 of 2 checks, 3 of 6 questions, 2 predicted`. */
export function sayCount({ commands, checks, questions, predicted }: Count): string {
  const shares = Object.entries({ commands, checks, questions })
    .filter(([, { total }]) => total > 0)
    .map(([name, { done, total }]) => `${done} of ${total} ${total === 1 ? name.replace(/s$/, '') : name}`)
  return [...shares, ...(questions.done > 0 ? [`${predicted} predicted`] : [])].join(', ')
}
