import type { InjectionKey, Ref } from 'vue'

/** What the choices of one question share: the name of their radio group, and the one that is picked. */
export const predictionKey: InjectionKey<{ group: string; picked: Ref<string> }> = Symbol('prediction')
