/** Safe in a path and in an address, whoever asks: the name of a lesson, a scene, a pane. */
export const SLUG = /^[a-z\d][a-z\d-]{0,63}$/

/** A lesson's slug: two digits for its place, then words: `01-bind-conflict`. */
export function isLessonSlug(text: string): boolean {
  return SLUG.test(text) && /^\d\d(?:-[a-z\d]+)+$/.test(text)
}

/** The two digits. */
export function numberOf(slug: string): string {
  return slug.slice(0, 2)
}
