import { type ComputedRef, computed, shallowReactive } from 'vue'
import type { Verdict } from '../../../playground/protocol.ts'

export type Verdicts = ReturnType<typeof createVerdicts>

/**
 * What came of each command, and what the names stand for that their output has bound. Who reads one of a fence, or
 * the value of one name, hears of changes of that alone: a page has a hundred transcripts.
 */
export function createVerdicts() {
  /** By fence, in the order in which they came. */
  const fences = shallowReactive(new Map<string, readonly Verdict[]>())
  const latest = computed<Record<string, string>>(() =>
    Object.assign({}, ...[...fences.values()].flat().map(({ bound }) => bound)),
  )
  const values = new Map<string, ComputedRef<string | undefined>>()

  function of(fence: string): readonly Verdict[] {
    return fences.get(fence) ?? []
  }

  function without(fence: string, command: number): Verdict[] {
    return of(fence).filter(verdict => verdict.command !== command)
  }

  /** What a name stands for in the latest verdict that knows it. */
  function latestValue(name: string): string | undefined {
    let value = values.get(name)
    if (!value) {
      value = computed(() => latest.value[name])
      values.set(name, value)
    }
    return value.value
  }

  return {
    of,
    get: (fence: string, command: number) => of(fence).find(verdict => verdict.command === command),
    hasPassed: (fence: string, command: number) =>
      of(fence).some(verdict => verdict.command === command && verdict.ok),
    set(verdict: Verdict): void {
      const { fence, command } = verdict
      const others = without(fence, command)
      // The latest comes last.
      fences.delete(fence)
      fences.set(fence, [...others, verdict])
    },
    delete(fence: string, command: number): void {
      if (fences.has(fence)) fences.set(fence, without(fence, command))
    },
    forget: (fence: string): void => void fences.delete(fence),
    clear: (): void => fences.clear(),
    latestValue,
    /** What a name stands for in this fence, else in the latest verdict that knows it. */
    valueOf(fence: string, name: string): string | undefined {
      return of(fence).findLast(({ bound }) => bound[name] !== undefined)?.bound[name] ?? latestValue(name)
    },
  }
}
