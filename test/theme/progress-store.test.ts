import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { parseProgress } from '../../.vitepress/theme/progress/progress.ts'

vi.mock('../../.vitepress/theme/progress/moved.made.ts', () => ({
  data: { '04-now': ['03-then'], '05-part': ['03-then'] },
}))

type Store = typeof import('../../.vitepress/theme/progress/progress-store.ts')

/** What a browser shares between the tabs of a site. */
let stored: Map<string, string>
let refuses: 'nothing' | 'to write' | 'all'
/** By tab: told of what the others write. */
let listeners: ((event: { key: string | null; newValue: string | null }) => void)[]

beforeEach(() => {
  stored = new Map()
  refuses = 'nothing'
  listeners = []
  const guard = (isWrite: boolean) => {
    if (refuses === 'all' || (refuses === 'to write' && isWrite)) throw new Error('QuotaExceededError')
  }
  vi.stubGlobal('localStorage', {
    getItem(name: string) {
      guard(false)
      return stored.get(name) ?? null
    },
    setItem(name: string, text: string) {
      guard(true)
      stored.set(name, text)
    },
    removeItem(name: string) {
      guard(true)
      stored.delete(name)
    },
  })
  vi.stubGlobal('addEventListener', (_: 'storage', listener: (typeof listeners)[number]) => {
    listeners.push(listener)
  })
})
afterEach(() => vi.unstubAllGlobals())

/** A tab that has been opened and has not heard of others since. */
async function openTab(): Promise<Store> {
  vi.resetModules()
  const store: Store = await import('../../.vitepress/theme/progress/progress-store.ts')
  store.recallProgress()
  return store
}

const NAME = 'playground-progress'
const FENCE = '0123456789'
const commandsIn = (text: string) => Object.keys(parseProgress(text).lessons['01-a']?.commands ?? {}).sort()

test('a tab keeps what another one has stored, though it never heard of it', async () => {
  const [one, two] = [await openTab(), await openTab()]
  one.commandPassed('01-a', FENCE, 0)
  two.commandPassed('01-a', FENCE, 1)
  one.commandPassed('01-a', FENCE, 2)
  expect(commandsIn(stored.get(NAME)!)).toEqual([`${FENCE}/0`, `${FENCE}/1`, `${FENCE}/2`])
  expect(commandsIn(stored.get(NAME)!)).toEqual(
    Object.keys(one.progress.value.lessons['01-a']!.commands).sort(),
  )
})

test('what one tab forgets, the other one forgets when it hears of it, and does not bring back before', async () => {
  const [one, two] = [await openTab(), await openTab()]
  two.commandPassed('01-a', FENCE, 0)
  one.forgetProgress()
  two.commandPassed('01-a', FENCE, 1)
  expect(commandsIn(stored.get(NAME)!)).toEqual([`${FENCE}/1`])
  one.forgetProgress()
  listeners[1]!({ key: NAME, newValue: stored.get(NAME)! })
  expect(two.progress.value.lessons).toEqual({})
  two.pick('01-a', '01234567', 'aaaaaaaa')
  listeners[1]!({ key: null, newValue: null })
  expect(two.progress.value.lessons).toEqual({})
})

test('the answer before the run and the one after it are two', async () => {
  const { pick, show, progress } = await openTab()
  pick('01-a', '01234567', 'aaaaaaaa')
  pick('01-a', '01234567', 'bbbbbbbb')
  show('01-a', '01234567')
  pick('01-a', '01234567', 'cccccccc')
  const answer = () => progress.value.lessons['01-a']!.answers['01234567']!
  expect([answer().before!.choice, answer().after!.choice]).toEqual(['bbbbbbbb', 'cccccccc'])
  const { shown } = answer()
  show('01-a', '01234567')
  expect(answer().shown).toBe(shown)
})

test.each(['to write', 'all'] as const)('a browser that refuses %s: it counts, and says so', async what => {
  refuses = what
  const { checkPassed, progress, storageNotice } = await openTab()
  expect(storageNotice.value).toBe('')
  checkPassed('01-a', 'one', 7)
  checkPassed('01-a', 'two', 8)
  expect(progress.value.lessons['01-a']!.checks).toEqual({ one: 7, two: 8 })
  expect(storageNotice.value).toMatch(/^This browser keeps nothing/)
})

test('what cannot be read is put aside, and said', async () => {
  stored.set(NAME, '{"version":2,"lessons":{}}')
  const { commandPassed, storageNotice } = await openTab()
  commandPassed('01-a', FENCE, 0)
  expect(commandsIn(stored.get(NAME)!)).toEqual([`${FENCE}/0`])
  const aside = [...stored.keys()].find(name => name !== NAME)!
  expect(stored.get(aside)).toBe('{"version":2,"lessons":{}}')
  expect(storageNotice.value).toContain('version 2')
  expect(storageNotice.value).toContain(aside)
})

test('a file adds to what is there; one that cannot be read changes nothing', async () => {
  const { commandPassed, importProgress, forgetProgress, progress } = await openTab()
  commandPassed('01-a', FENCE, 0)
  const file = stored.get(NAME)!
  forgetProgress()
  commandPassed('01-a', FENCE, 1)
  const before = stored.get(NAME)
  expect(() => importProgress('{}')).toThrow('This is not a file of progress')
  expect(stored.get(NAME)).toBe(before)
  importProgress(file)
  expect(Object.keys(progress.value.lessons['01-a']!.commands).sort()).toEqual([`${FENCE}/0`, `${FENCE}/1`])
})

test('what was done in a lesson that has moved since is done', async () => {
  const before = await openTab()
  before.commandPassed('03-then', FENCE, 0)
  before.checkPassed('04-now', 'port-free', 7)
  const after = await openTab()
  expect(after.progress.value.lessons['04-now']).toMatchObject({
    commands: { [`${FENCE}/0`]: expect.any(Number) },
    checks: { 'port-free': 7 },
  })
  expect(after.progress.value.lessons['05-part']!.commands).toHaveProperty([`${FENCE}/0`])
  // Once more is no more.
  expect((await openTab()).progress.value).toEqual(after.progress.value)
})
