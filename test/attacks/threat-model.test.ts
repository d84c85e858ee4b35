/** The threat model names a test for each of its lines: the test is there, under that name. */
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'

const repo = path.join(import.meta.dirname, '../..')
const page = readFileSync(path.join(repo, 'docs/guide/security.md'), 'utf8')

/** Rows of the tables whose second column is "Shown by": what holds or does not, and the cell that names its tests. */
function claims(): [claim: string, shownBy: string][] {
  return page.split('\n\n').flatMap(block => {
    const [head, , ...rows] = block.trim().split('\n')
    if (!head?.endsWith('| Shown by |')) return []
    return rows.map(row => {
      const [, claim = '', shownBy = ''] = /^\| (.+) \| (.+) \|$/.exec(row) ?? []
      return [claim || row, shownBy] as [string, string]
    })
  })
}

/** A file without its comments: a name that stands in one of them shows nothing. */
function code(file: string): string {
  return readFileSync(file, 'utf8').replace(/^\s*(?:\/\*\*|\*|\/\/).*$/gm, '')
}

test.each(claims())('%s', (_claim, shownBy) => {
  const named = shownBy.split(/; (?=`)/)
  for (const one of named) {
    const [, file = '', names = ''] = /^`([\w/-]+)`: (.+)$/.exec(one) ?? []
    const test = path.join(repo, 'test', `${file}.test.ts`)
    expect(existsSync(test), `${one}: a test file and the names of tests in it`).toBe(true)
    for (const name of names.split('; ')) expect(code(test), name).toContain(name)
  }
})

test('it has lines, and says where it ends', () => {
  expect(claims().length).toBeGreaterThan(30)
  expect(page).toContain('## What is not protected')
})
