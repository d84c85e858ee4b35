import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { loadKey, openState } from '../../playground/server/key.ts'

let home: string
let state: string

beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), 'state-test-'))
  state = join(home, 'deep', 'reuseport-playground')
})

afterEach(() => rmSync(home, { recursive: true, force: true }))

const open = () => openState({ XDG_STATE_HOME: join(home, 'deep') })
const mode = (path: string) => (lstatSync(path).mode & 0o777).toString(8)

test('the folder is made for its owner alone, and found again', async () => {
  expect(await open()).toBe(state)
  expect(mode(state)).toBe('700')
  expect(await open()).toBe(state)
})

test('a relative XDG_STATE_HOME does not count', async () => {
  const env = process.env.HOME
  process.env.HOME = home
  try {
    expect(homedir()).toBe(home)
    const expected = join(home, '.local', 'state', 'reuseport-playground')
    expect(await openState({ XDG_STATE_HOME: 'here' })).toBe(expected)
    expect(await openState({ XDG_STATE_HOME: '' })).toBe(expected)
    expect(await openState({})).toBe(expected)
  } finally {
    process.env.HOME = env
  }
})

test('a folder that others may enter is refused, with the command that mends it', async () => {
  await open()
  chmodSync(state, 0o750)
  await expect(open()).rejects.toThrow(`${state} is open to others (mode 750); run: chmod 700 '${state}'`)
})

test.each([0o000, 0o400, 0o500])(
  'a folder that its owner may not use (%o) is refused, with the command that mends it',
  async wrong => {
    await open()
    chmodSync(state, wrong)
    const seen = wrong.toString(8)
    await expect(open()).rejects.toThrow(
      `${state} is closed to yourself (mode ${seen}); run: chmod 700 '${state}'`,
    )
    chmodSync(state, 0o700)
  },
)

test('a link in its place is refused', async () => {
  mkdirSync(join(home, 'elsewhere'), { mode: 0o700 })
  mkdirSync(join(home, 'deep'))
  symlinkSync(join(home, 'elsewhere'), state)
  await expect(open()).rejects.toThrow(/is a link, not a folder/)
})

test('a file in its way is one line', async () => {
  writeFileSync(join(home, 'deep'), '')
  await expect(open()).rejects.toThrow(/cannot be made \(ENOTDIR\); set XDG_STATE_HOME/)
})

test('a key is made once, has 256 bits, and only its owner reads it', async () => {
  await open()
  const key = await loadKey(state)
  expect(Buffer.from(key, 'base64url')).toHaveLength(32)
  expect(mode(join(state, 'key'))).toBe('600')
  expect(readFileSync(join(state, 'key'), 'utf8')).toBe(`${key}\n`)
  expect(await loadKey(state)).toBe(key)
  expect(readdirSync(state)).toEqual(['key'])
})

test('starts at the same time agree on one key', async () => {
  await open()
  const keys = await Promise.all(Array.from({ length: 8 }, () => loadKey(state)))
  expect(new Set(keys).size).toBe(1)
  expect(readdirSync(state)).toEqual(['key'])
})

test('a new key replaces the old one', async () => {
  await open()
  const old = await loadKey(state)
  const fresh = await loadKey(state, true)
  expect(fresh).not.toBe(old)
  expect(await loadKey(state)).toBe(fresh)
  expect(mode(join(state, 'key'))).toBe('600')
})

test('a key that others may read is refused; a new one may take its place', async () => {
  await open()
  await loadKey(state)
  chmodSync(join(state, 'key'), 0o640)
  await expect(loadKey(state)).rejects.toThrow(/key is open to others \(mode 640\); run: chmod 600 /)
  await loadKey(state, true)
  expect(mode(join(state, 'key'))).toBe('600')
})

test.each(['', 'short', 'a'.repeat(129), 'not base64url, not at all!!!', `${'a'.repeat(43)}\nmore`])(
  'a file with %j is no key',
  async text => {
    await open()
    writeFileSync(join(state, 'key'), text, { mode: 0o600 })
    await expect(loadKey(state)).rejects.toThrow(/holds no key; start with --new-key$/)
  },
)

test('a link in place of the key is not followed', async () => {
  await open()
  writeFileSync(join(home, 'other'), 'a'.repeat(43), { mode: 0o600 })
  symlinkSync(join(home, 'other'), join(state, 'key'))
  await expect(loadKey(state)).rejects.toThrow(/cannot be read \(ELOOP\); remove it/)
})

test('a FIFO or a huge file in place of the key is not waited for or read', async () => {
  await open()
  execFileSync('mkfifo', ['-m', '600', join(state, 'key')])
  await expect(loadKey(state)).rejects.toThrow(/holds no key; start with --new-key$/)
  await loadKey(state, true)
  truncateSync(join(state, 'key'), 5 * 1024 ** 3)
  await expect(loadKey(state)).rejects.toThrow(/holds no key; start with --new-key$/)
}, 20_000)

test("somebody else's folder is refused", async context => {
  if (process.getuid?.() !== 0) context.skip('needs root, to make a folder that belongs to somebody else')
  await open()
  chownSync(state, 65_534, 65_534)
  await expect(open()).rejects.toThrow(/belongs to uid 65534, not to uid 0; remove it/)
})
