import { defineConfig } from 'vitest/config'

/** For all tests, those in a browser included. */
const common = {
  // Sandboxes end with the thread that made them (PDEATHSIG): a test file needs a process, not a worker thread.
  pool: 'forks',
  // A condition that is waited for comes when the machine has time for it.
  expect: { poll: { timeout: 20_000, interval: 10 } },
  testTimeout: 60_000,
  hookTimeout: 60_000,
} as const

export default defineConfig({
  test: {
    reporters: ['default', './test/skipped-reporter.ts'],
    projects: [
      {
        test: {
          ...common,
          name: 'kernel',
          include: ['test/**/*.test.ts'],
          exclude: ['test/browser/**', 'test/alone/**'],
        },
      },
      // One after another: each has a server and a Chromium, and servers of one checkout share Vite's cache.
      { test: { ...common, name: 'browser', include: ['test/browser/*.test.ts'], fileParallelism: false } },
      // When all others are done: what they use of the processors would be measured, too.
      {
        test: { ...common, name: 'alone', include: ['test/alone/*.test.ts'], sequence: { groupOrder: 1 } },
      },
    ],
  },
})
