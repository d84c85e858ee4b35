/** That a fresh clone installs, and stays as it was, with each npm that Node 20 and later bring. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

interface Package {
  optionalDependencies?: Record<string, string>
  resolved?: string
  libc?: string[]
}

const lock = readFileSync(join(import.meta.dirname, '..', 'package-lock.json'), 'utf8')
const packages: Record<string, Package> = JSON.parse(lock).packages

test('every optional dependency of every package is in the lock file: npm 11 refuses it otherwise', () => {
  const missing = Object.entries(packages).flatMap(([place, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies).filter(name => !isFoundFrom(place, name)),
  )
  expect(missing).toEqual([])
})

test('it holds nothing that npm 10 takes out or that names a registry', () => {
  const marked = Object.keys(packages).filter(place => packages[place]!.libc)
  expect(marked).toEqual([])
  expect(lock).not.toMatch(/"resolved": "http/)
})

test('CONTRIBUTING.md names every prerelease, and what would release it', () => {
  const read = (file: string) => readFileSync(join(import.meta.dirname, '..', file), 'utf8')
  const { dependencies, devDependencies, optionalDependencies } = JSON.parse(read('package.json'))
  const used = Object.entries<string>({ ...dependencies, ...devDependencies, ...optionalDependencies })
  const prereleases = used.filter(([, version]) => version.includes('-')).map(of => of.join(' '))
  const rows = read('CONTRIBUTING.md').matchAll(/^\| `([^`]+)` (\S+-\S+) \| .+ \| .+ is out \|$/gm)
  expect([...rows].map(([, name, version]) => `${name} ${version}`).sort()).toEqual(prereleases.sort())
})

/** As Node looks a package up: beside who asks, then one folder further out each time. */
function isFoundFrom(place: string, name: string): boolean {
  if (Object.hasOwn(packages, join(place, 'node_modules', name))) return true
  if (place === '') return false
  const outer = place.slice(0, Math.max(0, place.lastIndexOf('node_modules/') - 1))
  return isFoundFrom(outer, name)
}
