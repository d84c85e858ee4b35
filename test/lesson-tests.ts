/** A test for each transcript and check of a page, in every language it has. */
import path from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { checksFor, type Lesson, transcriptsFor } from '../playground/format/lesson.ts'
import type { PageResult } from '../playground/runner.ts'
import { explain, runsOf, verifyPage } from '../playground/verify.ts'
import { needsProgram, needsSandbox } from './needs.ts'

export function testPage(page: string, lesson: Lesson): void {
  for (const run of runsOf(page, lesson)) {
    // At once, as `verify` does it: a page waits far more than it works.
    describe.concurrent(`${path.basename(page)}${run.lang ? ` (${run.lang})` : ''}`, () => {
      let results: PageResult
      beforeAll(async () => {
        results = await verifyPage(run)
      }, 600_000)
      for (const [index, transcript] of transcriptsFor(lesson, run.lang).entries()) {
        const title = transcript.commands
          .map(({ kind, input }) => (kind === 'interrupt' ? '^C' : input.join(' ')))
          .join('; ')
        test(`${path.relative('.', page)}:${transcript.line} ${transcript.pane}: ${title || '(output)'}`, async context => {
          await needsSandbox(context)
          const result = results.transcripts[index]!
          if (result.state === 'skipped') {
            needsProgram(context, ...transcript.requires)
            context.skip(result.reason)
          }
          if (result.state === 'unreached') expect.fail('not reached: a transcript above it failed')
          const failed = result.verdicts.find(({ ok }) => !ok)
          if (failed) expect.fail(`\n${explain(page, failed)}`)
          expect(result.state).toBe('passed')
        })
      }
      for (const [index, { line, name }] of checksFor(lesson, run.lang).entries()) {
        test(`${path.relative('.', page)}:${line} check: ${name}`, async context => {
          await needsSandbox(context)
          const { state, reason, message } = results.checks[index]!
          if (state === 'skipped') context.skip(reason)
          if (state === 'unreached') expect.fail('not reached: a transcript above it failed')
          if (message) expect.fail(message)
          expect(state).toBe('passed')
        })
      }
    })
  }
}
