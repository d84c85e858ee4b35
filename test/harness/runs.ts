/** @returns how much of something is tried, of so much in `npm test`: in `npm run test:more` ten times as much */
export function runs(usual: number): number {
  return process.env.TEST_MODE === 'more' ? 10 * usual : usual
}
