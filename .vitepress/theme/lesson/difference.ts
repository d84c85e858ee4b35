import type { Verdict } from '../../../playground/protocol.ts'

/** Whether a verdict's difference says all that was expected: then nothing beside it need say it again. */
export function saysExpected(verdict: Verdict | undefined): boolean {
  return verdict !== undefined && !verdict.ok && (verdict.expected?.length ?? 0) > 0
}
