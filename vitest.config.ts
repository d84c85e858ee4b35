import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    reporters: ['default', './test/skipped-reporter.ts'],
    // Sandboxes end with the thread that made them (PDEATHSIG): a test file needs a process, not a worker thread.
    pool: 'forks',
    // A condition that is waited for comes when the machine has time for it.
    expect: { poll: { timeout: 20_000, interval: 10 } },
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
})
