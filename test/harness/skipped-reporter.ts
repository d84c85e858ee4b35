/** The last lines of a run: what was skipped, and the one command that installs it. */
import type { Reporter, TestModule } from 'vitest/node'

export default class SkippedReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const notes = new Map<string, number>()
    for (const module of modules) {
      for (const test of module.children.allTests('skipped')) {
        const result = test.result()
        const note = (result.state === 'skipped' && result.note) || 'no reason given'
        notes.set(note, (notes.get(note) ?? 0) + 1)
      }
    }
    if (notes.size === 0) return
    const packages = new Set(
      [...notes.keys()].flatMap(note => /apt-get install (.+)$/.exec(note)?.[1]?.split(' ') ?? []),
    )
    console.log('Skipped:')
    for (const [note, count] of notes) console.log(`  ${count} ${count === 1 ? 'test' : 'tests'}: ${note}`)
    if (packages.size > 0)
      console.log(`To run them all: sudo apt-get install ${[...packages].sort().join(' ')}`)
  }
}
