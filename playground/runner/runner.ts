/**
 * Runs a lesson's transcripts in its panes and says whether they tell the truth. The tests, `verify` and the
 * page's Run button all use it.
 */
import type { ServerMessage, Verdict } from '../protocol.ts'
import { type ByHand, createByHand } from './by-hand.ts'
import { createPerformer, type Performer, type PerformerOptions } from './performer.ts'
import { createToHere, type ToHere } from './to-here.ts'
import type { CheckTrial } from './trial.ts'
import { createVerdicts, type Verdicts } from './verdicts.ts'
import { createWholePage, type WholePage } from './whole-page.ts'

export interface RunnerOptions extends PerformerOptions {
  /** Tries the page's checks between its transcripts. */
  trial: CheckTrial
  /** Told of everything as it happens; `pane` is the one it happens in. */
  on?(pane: string, message: ServerMessage & { type: 'state' | 'verdict' | 'forget' }): void
}

export interface Runner extends ToHere, Pick<ByHand, 'typed'>, WholePage {
  /** Takes the steps one by one, for who decides by himself what follows from them. */
  performer: Performer
  verdicts(): Verdict[]
  close(): void
}

export function createRunner(options: RunnerOptions): Runner {
  const { lesson, trial } = options
  const performer = createPerformer(options)
  const verdicts: Verdicts = createVerdicts(performer, options.on)
  const byHand = createByHand({ lesson, performer, verdicts })
  return {
    performer,
    ...createWholePage({ lesson, performer, verdicts, trial }),
    ...createToHere({ lesson, performer, verdicts, byHand }),
    typed: byHand.typed,
    verdicts: verdicts.all,
    close: performer.close,
  }
}
