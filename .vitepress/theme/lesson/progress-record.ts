import { watch } from 'vue'
import { checkPassed, commandPassed, recallProgress } from '../progress/progress-store.ts'
import type { LessonState } from './lesson-state.ts'

/**
 * Keeps what comes to pass on a lesson's page while it is open. What the sandbox had done before is not the reader's
 * to count again: progress that was forgotten would come back. To be called in `onMounted`; ends with its component.
 */
export function recordProgress(lesson: () => LessonState | undefined): void {
  recallProgress()
  watch(
    () => lesson()?.latest.value,
    verdict => {
      if (verdict?.ok) commandPassed(lesson()!.slug, verdict.fence, verdict.command)
    },
    { flush: 'sync' },
  )
  watch(
    () => lesson()?.checks.value,
    (checks, before) => {
      for (const [name, { state, at }] of Object.entries(checks ?? {})) {
        const waited = before?.[name] !== undefined && before[name].state !== 'passed'
        if (state === 'passed' && waited) checkPassed(lesson()!.slug, name, at)
      }
    },
  )
}
