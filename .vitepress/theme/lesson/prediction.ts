import type { ComputedRef, InjectionKey } from 'vue'

/** What a question tells its choices. */
export interface Prediction {
  /** Name of the radio group. */
  group: string
  /** The choice that the reader has picked last; '' for none. */
  picked: ComputedRef<string>
  /** What there is to say of a choice once the result is shown. */
  tagsOf(choice: string): Tag[]
  pick(choice: string): void
}

export type Tag = { kind: 'run' | 'before' | 'after'; text: string }

export const predictionKey: InjectionKey<Prediction> = Symbol('prediction')
