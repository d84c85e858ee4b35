import fc from 'fast-check'
import { expect, test } from 'vitest'
import { commandTokens, fillNames } from '../../.vitepress/theme/lesson/command-tokens.ts'

const kinds = (line: string, names: string[] = []) =>
  commandTokens([line], new Set(names))[0]!
    .filter(({ text }) => text.trim() !== '')
    .map(({ text, kind }) => `${kind}:${text}`)

test('programs, options, strings and operators', () => {
  expect(kinds('PORT=1 node server.ts --port 8080 | grep -c "a b" # all')).toEqual([
    'plain:PORT=1',
    'program:node',
    'plain:server.ts',
    'option:--port',
    'plain:8080',
    'operator:|',
    'program:grep',
    'option:-c',
    'string:"a b"',
    'comment:# all',
  ])
})

test('a bound name is a token wherever it stands; another one is a redirection', () => {
  expect(kinds('kill -9 <a>', ['a'])).toEqual(['program:kill', 'option:-9', 'name:a'])
  expect(kinds('cat <a>b', [])).toEqual(['program:cat', 'operator:<', 'plain:a', 'operator:>', 'plain:b'])
})

test('a # within a word is no comment', () => {
  expect(kinds('echo a#b')).toEqual(['program:echo', 'plain:a#b'])
})

test('highlighting loses and invents nothing', () => {
  fc.assert(
    fc.property(fc.array(fc.string()), lines => {
      const names = new Set(['a'])
      const shown = commandTokens(lines, names).map(tokens =>
        tokens.map(({ text, kind }) => (kind === 'name' ? `<${text}>` : text)).join(''),
      )
      expect(shown).toEqual(lines)
    }),
  )
})

test('a copied command holds the values that are known', () => {
  const values: Record<string, string> = { a: '17' }
  expect(fillNames(['kill <a> \\', '<b> <file'], name => values[name])).toBe('kill 17 \\\n<b> <file')
})
