import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    reporters: ['default', './test/skipped-reporter.ts'],
    // Sandboxes end with the thread that made them (PDEATHSIG): a test file needs a process, not a worker thread.
    pool: 'forks',
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
})
