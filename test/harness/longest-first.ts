/** The order of the test files: the longest first, for begun last it would be alone at the end. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import {
  BaseSequencer,
  type Reporter,
  type TestModule,
  type TestSpecification,
  type Vitest,
} from 'vitest/node'

/** Seconds that each file has taken; one that is not there yet comes first. */
const FILE = path.resolve('test/durations.json')

const known: Record<string, number> = existsSync(FILE) ? JSON.parse(readFileSync(FILE, 'utf8')) : {}
const nameOf = (moduleId: string) => path.relative('test', moduleId)

export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const duration = ({ moduleId }: TestSpecification) => known[nameOf(moduleId)] ?? Number.POSITIVE_INFINITY
    return (await super.sort(files)).toSorted((a, b) => duration(b) - duration(a))
  }
}

/** `npm test -- --update`, on a quiet machine, writes them down anew. */
export class DurationReporter implements Reporter {
  #updates = false

  onInit({ config }: Vitest): void {
    this.#updates = config.snapshotOptions.updateSnapshot === 'all'
  }

  onTestRunEnd(modules: readonly TestModule[]): void {
    if (!this.#updates) return
    const measured: [string, number][] = modules.map(module => [
      nameOf(module.moduleId),
      module.diagnostic().duration / 1000,
    ])
    const all = Object.entries<number>({ ...known, ...Object.fromEntries(measured) })
      .filter(([name]) => existsSync(path.join('test', name)))
      .map(([name, seconds]) => [name, Math.ceil(seconds)] as const)
      .sort(([a, one], [b, other]) => other - one || a.localeCompare(b))
    writeFileSync(FILE, `${JSON.stringify(Object.fromEntries(all), undefined, 2)}\n`)
  }
}
