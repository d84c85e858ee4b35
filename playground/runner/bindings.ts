/** What the names of a page stand for: its output binds them, its commands use them. */
import type { Lesson } from '../format/lesson.ts'
import { type Bindings, fillCommand } from '../format/placeholder.ts'
import { keyOf, namesIn, type Step, stepsOf } from './step.ts'

export interface Names {
  all(): Bindings
  /** The first output that shows a name says what it stands for. */
  bind(step: Step, bound: Bindings): void
  /** What this step has bound is not known any more. */
  forget(step: Step): void
  /** What is typed for a step. Throws UnknownName; any other `<` is the shell's. */
  fill(step: Step): string[]
  /** Those that this step shows, with what they stand for. */
  shownBy(step: Step): Record<string, string>
}

/** The page binds it, and has not yet. */
export class UnknownName extends Error {}

/** @param lesson as it stands now */
export function createNames(lesson: () => Lesson): Names {
  const names = new Map<string, { value: string; step: Step }>()

  function all(): Bindings {
    return Object.fromEntries([...names].map(([name, { value }]) => [name, value]))
  }

  return {
    all,
    bind(step, bound) {
      for (const [name, value] of Object.entries(bound))
        if (!names.has(name)) names.set(name, { value, step })
    },
    forget(step) {
      for (const [name, bound] of names) if (keyOf(bound.step) === keyOf(step)) names.delete(name)
    },
    fill(step) {
      const { input, unbound } = fillCommand(step.input, all())
      const ofPage = new Set(lesson().transcripts.flatMap(stepsOf).flatMap(namesIn))
      const missing = unbound.find(name => ofPage.has(name))
      if (missing) throw new UnknownName(`\`<${missing}>\` is not known yet: a command above prints it.`)
      return input
    },
    shownBy(step) {
      const typed = [...step.input.join('\n').matchAll(/<(\w+)>/g)].map(found => found[1]!)
      return Object.fromEntries(
        [...namesIn(step), ...typed].flatMap(name =>
          names.has(name) ? [[name, names.get(name)!.value]] : [],
        ),
      )
    },
  }
}
