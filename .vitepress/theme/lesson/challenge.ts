import type { InjectionKey, Ref } from 'vue'

/** What a challenge shows of its parts: so many hints, and whether its solutions. */
export interface Shown {
  hints: Ref<number>
  solutions: Ref<boolean>
}

export const challengeKey: InjectionKey<Shown> = Symbol('challenge')
