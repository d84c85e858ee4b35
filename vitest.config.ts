import { availableParallelism } from 'node:os'
import path from 'node:path'
import { defineConfig } from 'vitest/config'
import { SYSTEM_PATH } from './playground/sandbox/environment.ts'
import { DurationReporter, LongestFirst } from './test/harness/longest-first.ts'

/** Test files that run at once. They wait far more than they compute: so many keep the processors busy. */
const AT_ONCE = availableParallelism() + 1

/** For all tests, those in a browser included. */
const common = (mode: string) =>
  ({
    // Sandboxes end with the thread that made them (PDEATHSIG): a test file needs a process, not a worker thread.
    pool: 'forks',
    maxWorkers: AT_ONCE,
    // A condition that is waited for comes when the machine has time for it.
    expect: { poll: { timeout: 60_000, interval: 10 } },
    testTimeout: 180_000,
    hookTimeout: 180_000,
    // For scripts that tests start.
    env: {
      // First the programs that a sandbox has: a `python3` of the caller's may be a wrapper that takes ten times as long.
      PATH: [path.dirname(process.execPath), SYSTEM_PATH, process.env.PATH].join(':'),
      // Else each script is compiled anew at each start, which takes longer than most of them run.
      NODE_COMPILE_CACHE: path.resolve('node_modules/.cache/scripts'),
      TEST_MODE: mode,
    },
  }) as const

// Mode `test`, of `npm test`, runs FILE.test.ts; mode `more`, of `npm run test:more`, FILE.more.ts; mode `foreign`, of
// `npm test -- --lessons DIR`, FILE.foreign.ts.
export default defineConfig(({ mode }) => ({
  test: {
    reporters: ['default', './test/harness/skipped-reporter.ts', new DurationReporter()],
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        test: {
          ...common(mode),
          name: 'kernel',
          include: [`test/**/*.${mode}.ts`],
          exclude: ['test/browser/**'],
          maxConcurrency: AT_ONCE,
        },
      },
      // What needs the built site, most of it in a browser.
      {
        test: {
          ...common(mode),
          name: 'browser',
          include: [`test/browser/*.${mode}.ts`],
          // Somebody else's pages need no site of ours.
          globalSetup: mode === 'foreign' ? [] : 'test/browser/prepare.ts',
          maxConcurrency: AT_ONCE - 1,
        },
      },
      // When all others are done: what they use of the processors would be measured, too.
      {
        test: {
          ...common(mode),
          name: 'alone',
          include: [`test/browser/alone/*.${mode}.ts`],
          globalSetup: 'test/browser/prepare.ts',
          maxWorkers: 1,
          maxConcurrency: 1,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
}))
