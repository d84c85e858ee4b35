/** The file that reads options: one text in all lessons, and what it makes of each kind of option. */
import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { needsProgram } from '../harness/needs.ts'

const LESSONS = path.join(import.meta.dirname, '../../lessons')

function copies(file: string): string[] {
  const folders = readdirSync(LESSONS).map(name => path.join(LESSONS, name))
  return folders.filter(folder => readdirSync(folder).includes(file)).map(folder => path.join(folder, file))
}

test.each([
  // Of the playground, too, which has no Python.
  ['options.ts', 21],
  ['options.py', 20],
])('%s is the same in all lessons', (file, number) => {
  const all = copies(file)
  expect(all.length).toBe(number)
  expect(new Set(all.map(copy => readFileSync(copy, 'utf8'))).size).toBe(1)
})

test('no script reads numbers in a way of its own', () => {
  const scripts = readdirSync(LESSONS, { recursive: true, encoding: 'utf8' })
  const own = scripts
    .filter(name => /\.(?:ts|py)$/.test(name) && !/options\.(?:ts|py)$/.test(name))
    .filter(name => /parseArgs|takes a whole number/.test(readFileSync(path.join(LESSONS, name), 'utf8')))
  expect(own).toEqual([])
})

const SCRIPTS = {
  'all.ts': `import { wholeNumber, oneOf, readOptions } from './options.ts'
const { words: _, ...options } = readOptions({
  host: 'here',
  fromPort: wholeNumber(7, 0, 65535),
  pid: wholeNumber(undefined, 1, 9),
  leave: oneOf('drain', 'close'),
  atOnce: false,
  reusePort: true,
})
console.log(JSON.stringify(Object.values(options).map(value => value ?? null)))
`,
  'all.py': `import json
from options import whole_number, one_of, read_options
print(json.dumps(list(vars(read_options(
    host='here',
    from_port=whole_number(7, 0, 65535),
    pid=whole_number(None, 1, 9),
    leave=one_of('drain', 'close'),
    at_once=False,
    reuse_port=True,
)).values()), separators=(',', ':')))
`,
}

describe.each([
  ['node', 'all.ts'],
  ['python3', 'all.py'],
])('%s %s', (program, script) => {
  let folder: string
  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'options-'))
    for (const file of ['options.ts', 'options.py'])
      copyFileSync(path.join(LESSONS, '01-bind-conflict', file), path.join(folder, file))
    for (const [name, text] of Object.entries(SCRIPTS)) writeFileSync(path.join(folder, name), text)
  })
  beforeEach(context => needsProgram(context, program))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))
  const command = program === 'node' ? process.execPath : program
  const run = (...args: string[]) => spawnSync(command, [script, ...args], { cwd: folder, encoding: 'utf8' })

  test.each([
    [[], ['here', 7, null, 'drain', false, true]],
    [
      ['--host', 'there', '--from-port', '0'],
      ['there', 0, null, 'drain', false, true],
    ],
    [
      ['--from-port=65535', '--pid=9', '--leave', 'close'],
      ['here', 65535, 9, 'close', false, true],
    ],
    [
      ['--at-once', '--no-reuse-port'],
      ['here', 7, null, 'drain', true, false],
    ],
  ])('%j', (args, values) => {
    expect(JSON.parse(run(...args).stdout)).toEqual(values)
  })

  test.each([
    [['--from-port', '65536'], "--from-port takes a whole number from 0 to 65535, not '65536'"],
    [['--pid', '0'], "--pid takes a whole number from 1 to 9, not '0'"],
    [['--leave', 'now'], "'now'"],
    [['--host'], '--host'],
    [['--from-port', '-1'], '--from-port'],
    [['one'], 'one'],
    [['--from-port', '9'.repeat(50)], '--from-port'],
  ])('%j: one line, status 2', (args, says) => {
    const { status, stderr } = run(...args)
    const lines = stderr.trimEnd().split('\n')
    expect(lines.filter(line => !/^(?:usage:|\s)/.test(line))).toEqual([lines.at(-1)])
    expect(lines.at(-1)).toMatch(new RegExp(`^${script}: `))
    expect(
      lines.at(-1)!.replace('argument --pid: ', '--pid ').replace('argument --from-port: ', '--from-port '),
    ).toContain(says)
    expect(status).toBe(2)
  })
})
