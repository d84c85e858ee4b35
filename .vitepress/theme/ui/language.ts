import { ref } from 'vue'
import type { Lang } from '../../../playground/format/transcript.ts'
import { store } from './remembered.ts'

/** The language whose scripts the whole site shows. style.css hides the other one by `<html data-lang>`. */
export const language = ref<Lang>('ts')

/** What the script in the head has already put on `<html>`, before the first paint. */
export function recallLanguage(): void {
  if (document.documentElement.dataset.lang === 'py') language.value = 'py'
}

export function chooseLanguage(lang: Lang): void {
  language.value = lang
  document.documentElement.dataset.lang = lang
  store('playground-lang', lang)
}
