/** Medians and ratios. Pure. */

/** @param share 0.5: the median; the value below which this share of them lies */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((one, other) => one - other)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

/** How often one is the other, round by round: rounds are run side by side, what disturbs one disturbs both. */
export interface Ratio {
  median: number
  least: number
  most: number
}

export function ratio(ours: readonly number[], theirs: readonly number[]): Ratio {
  const each = ours.map((value, round) => value / (theirs[round] ?? Number.NaN))
  return { median: median(each), least: Math.min(...each), most: Math.max(...each) }
}
