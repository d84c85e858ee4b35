import { availableParallelism } from 'node:os'
import path from 'node:path'
import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'
import { SYSTEM_PATH } from './playground/sandbox/sandbox.ts'

/** Test files that run at once. They wait far more than they compute: so many keep the processors busy. */
const AT_ONCE = availableParallelism() + 1
/**
 * The longest first: begun last, one of them would be alone at the end. Those that mostly wait come soon, beside
 * those that mostly compute.
 */
const FIRST = [
  'browser/lessons',
  'browser/page',
  'authoring/update',
  'machine/reader',
  'scripts-08',
  'authoring/guide',
  'browser/progress',
  'browser/terminal',
  'test/bench',
]

/** For all tests, those in a browser included. */
const common = {
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
  },
} as const

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) => {
      const place = FIRST.findIndex(name => moduleId.includes(name))
      return place < 0 ? FIRST.length : place
    }
    return (await super.sort(files)).toSorted((a, b) => rank(a) - rank(b))
  }
}

export default defineConfig({
  test: {
    reporters: ['default', './test/harness/skipped-reporter.ts'],
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        test: {
          ...common,
          name: 'kernel',
          include: ['test/**/*.test.ts'],
          exclude: ['test/browser/**', 'test/alone/**'],
          maxConcurrency: AT_ONCE,
        },
      },
      // What needs the built site, most of it in a browser.
      {
        test: {
          ...common,
          name: 'browser',
          include: ['test/browser/*.test.ts'],
          globalSetup: 'test/browser/prepare.ts',
          maxConcurrency: AT_ONCE - 1,
        },
      },
      // When all others are done: what they use of the processors would be measured, too.
      {
        test: {
          ...common,
          name: 'alone',
          include: ['test/alone/*.test.ts'],
          globalSetup: 'test/browser/prepare.ts',
          maxWorkers: 1,
          maxConcurrency: 1,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
})
