import { shallowReactive } from 'vue'

/**
 * What transcripts print, and what the page says of it, kept back as long as it would answer a question that the
 * reader has not answered.
 *
 * @param hasRun whether a command has its verdict: then its terminal shows what it printed
 */
export function createWithheld(hasRun: (fence: string, command: number) => boolean) {
  /** By question: fences whose output would answer it. */
  const questions = shallowReactive(new Map<string, string[]>())
  return {
    /** As long as a question is open. Returns what ends that. */
    withhold(question: string, fences: string[]): () => void {
      questions.set(question, fences)
      return () => void questions.delete(question)
    },
    /** For who would rather read it than predict it. */
    showOutput(...shown: string[]): void {
      for (const [question, fences] of questions)
        if (fences.some(fence => shown.includes(fence))) questions.delete(question)
    },
    isWithheld: (fence: string, command: number): boolean =>
      !hasRun(fence, command) && [...questions.values()].some(fences => fences.includes(fence)),
  }
}
