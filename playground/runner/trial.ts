/** What the runner asks of a page's checks. */
import type { CheckState } from '../protocol.ts'

/** What one check says of one machine. */
export type Judgement = Omit<CheckState, 'at'>

export interface CheckTrial {
  /** Before the first command of the page. @returns names of those that are met already, which is wrong */
  begin(names: readonly string[]): Promise<string[]>
  /** At its place: waits until it is met; what it said last where that takes too long. */
  met(name: string): Promise<Judgement>
}
