/** What the names of a page stand for: its output binds them, its commands use them. */
import type { Lesson } from '../format/lesson.ts'
import { type Bindings, fillCommand } from '../format/placeholder.ts'
import { allTranscripts } from '../format/way.ts'
import { keyOf, namesIn, type Step, stepsOf } from './step.ts'

export interface Names {
  all(): Bindings
  /** The first output that shows a name says what it stands for. */
  bind(step: Step, bound: Bindings): void
  /** What this step has bound is not known any more. */
  forget(step: Step): void
  /** A name in the step's command that the page binds, and has not yet. */
  missing(step: Step): string | undefined
  /** What is typed for a step; a `<` that is none of the page's names is the shell's. */
  fill(step: Step): string[]
  /** Those that this step shows, with what they stand for. */
  shownBy(step: Step): Record<string, string>
}

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
      for (const [name, bound] of names)
        if (keyOf(bound.step) === keyOf(step) || isInOtherLanguage(bound.step, step)) names.delete(name)
    },
    missing(step) {
      const ofPage = new Set(allTranscripts(lesson()).flatMap(stepsOf).flatMap(namesIn))
      return fillCommand(step.input, all()).unbound.find(name => ofPage.has(name))
    },
    fill: step => fillCommand(step.input, all()).input,
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

/** A reader who goes over to the other language begins anew: its programs are others. */
function isInOtherLanguage(
  { transcript: { lang: one } }: Step,
  { transcript: { lang: other } }: Step,
): boolean {
  return one !== undefined && other !== undefined && one !== other
}
