/** Shares of one in whole percent: each is rounded up or down, so that their sum is the rounded sum. */
export function wholePercents(shares: number[]): number[] {
  const whole = shares.map(share => Math.floor(share * 100))
  const sum = (numbers: number[]) => numbers.reduce((total, number) => total + number, 0)
  const left = Math.round(sum(shares) * 100) - sum(whole)
  const byRemainder = shares
    .map((share, index) => ({ index, remainder: share * 100 - whole[index]! }))
    .sort((a, b) => b.remainder - a.remainder)
  for (const { index } of byRemainder.slice(0, left)) whole[index]!++
  return whole
}
