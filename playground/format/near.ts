/** Words that differ in more are others. */
const FARTHEST = 2

/** @returns the known word that somebody has mistyped, if there is one; each of them is short */
export function nearest(word: string, known: readonly string[]): string | undefined {
  const lower = word.toLowerCase()
  const near = known
    .map(name => ({ name, far: distance(lower, name) }))
    .filter(({ far, name }) => far <= Math.min(FARTHEST, name.length / 2))
  return near.sort((a, b) => a.far - b.far)[0]?.name
}

/** How many characters to add, take away or change: Levenshtein's. */
function distance(one: string, other: string): number {
  if (Math.abs(one.length - other.length) > FARTHEST) return Number.POSITIVE_INFINITY
  let above = Array.from({ length: other.length + 1 }, (_, index) => index)
  for (let row = 1; row <= one.length; row++) {
    const line = [row]
    for (let column = 1; column <= other.length; column++) {
      const change = above[column - 1]! + (one[row - 1] === other[column - 1] ? 0 : 1)
      line.push(Math.min(change, above[column]! + 1, line[column - 1]! + 1))
    }
    above = line
  }
  return above[other.length]!
}
