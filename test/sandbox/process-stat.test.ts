import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseStat } from '../../playground/sandbox/process-stat.ts'

const number = fc.nat({ max: 2 ** 40 })

test('whatever a process calls itself, the numbers behind its name are found', () => {
  const name = fc.uint8Array({ min: 1, minLength: 1, maxLength: 15 })
  const odd = fc.constantFrom(') R 1 1 (', ') (', '))', '((', '(', ' ', '\n', 'a) S', '\xff) \xfe')
  const title = fc.oneof(
    name,
    odd.map(text => Buffer.from(text, 'latin1')),
  )
  const fields = fc.array(number, { minLength: 49, maxLength: 49 })
  const state = fc.constantFrom('R', 'S', 'D', 'Z', 'T', 't', 'X', 'I')
  fc.assert(
    fc.property(number, title, state, fields, (pid, title, state, fields) => {
      const bytes = Buffer.concat([
        Buffer.from(`${pid} (`),
        title,
        Buffer.from(`) ${state} ${fields.join(' ')}\n`),
      ])
      expect(parseStat(bytes.toString())).toEqual({
        pid,
        title: Buffer.from(title).toString(),
        state,
        // Counted as in proc(5), where the state is the third.
        parent: fields[4 - 4],
        group: fields[5 - 4],
        foreground: fields[8 - 4],
        ticks: fields[14 - 4]! + fields[15 - 4]!,
        start: fields[22 - 4],
      })
    }),
    { numRuns: 1000 },
  )
})

test('no text makes it throw', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary' }), text => void parseStat(text)))
})

test.each(['plain', ') R 1 1 (', '\xe9) (\xff'])('a process of this kernel that is called %j', async name => {
  const bash = spawn('bash', ['-c', 'printf %b "$1" > /proc/$$/comm; echo up; read', 'bash', octal(name)])
  await once(bash.stdout, 'data')
  const text = await readFile(`/proc/${bash.pid}/stat`, 'utf8')
  const title = Buffer.from(name, 'latin1').toString()
  expect(parseStat(text)).toMatchObject({ pid: bash.pid, title, parent: process.pid, foreground: -1 })
  expect(parseStat(text).start).toBeGreaterThan(0)
  bash.stdin.end()
  await once(bash, 'close')
})

/** For `printf %b`, which a byte that is no UTF-8 could not be given as an argument. */
function octal(text: string): string {
  return Array.from(text, char => `\\0${char.charCodeAt(0).toString(8)}`).join('')
}
