import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createKeyboard } from '../../.vitepress/theme/connection/keyboard.ts'

function createPair() {
  const notices: string[] = []
  let wire = ''
  const keyboard = createKeyboard(
    bytes => (wire += Buffer.from(bytes).toString('latin1')),
    notice => notices.push(notice),
  )
  return {
    keyboard,
    notices,
    type: (text: string) => keyboard.type(Buffer.from(text, 'latin1')),
    /** What has been sent since the last call. */
    take() {
      const text = wire
      wire = ''
      return text
    },
  }
}

test('what is typed before there is a shell goes to the first one', () => {
  const { keyboard, type, take } = createPair()
  type('ls')
  expect(take()).toBe('')
  keyboard.restart(true)
  expect(take()).toBe('ls')
})

test('what the same shell has not got is sent again, and only that', () => {
  const { keyboard, type, take } = createPair()
  keyboard.restart(true)
  type('abcdef')
  take()
  keyboard.arrived(2)
  keyboard.pause()
  type('gh')
  expect(take()).toBe('')
  keyboard.resume(4)
  expect(take()).toBe('efgh')
})

test('what was typed for a shell that is gone is not for the next one', () => {
  const { keyboard, type, take } = createPair()
  keyboard.restart(true)
  keyboard.pause()
  type('rm everything\r')
  expect(keyboard.restart(false)).toBe(true)
  expect(take()).toBe('')
  type('ls')
  expect(take()).toBe('ls')
  keyboard.arrived(2)
  keyboard.pause()
  expect(keyboard.restart(false)).toBe(false)
})

test('who starts over has nothing typed to the fresh shell that was for the old one, and all that comes after', () => {
  const { keyboard, type, take } = createPair()
  keyboard.restart(true)
  type('kill -KILL -1\r')
  take()
  keyboard.drop()
  keyboard.pause()
  type('ls')
  keyboard.restart(true)
  expect(take()).toBe('ls')
  type('\r')
  expect(take()).toBe('\r')
})

test('no more than a window is on the way, and no more than a bound waits', () => {
  const { keyboard, type, take, notices } = createPair()
  keyboard.restart(true)
  type('x'.repeat(1024 * 1024))
  expect(take().length).toBe(256 * 1024)
  keyboard.arrived(64 * 1024)
  expect(take().length).toBe(64 * 1024)
  type('y'.repeat(4 * 1024 * 1024))
  expect(notices).toEqual(['Not typed: more than 4 MiB would wait for a program to read them.'])
  let taken = 320 * 1024
  for (let sent = -1; sent !== 0; taken += sent) {
    keyboard.arrived(taken)
    sent = take().length
  }
  expect(taken).toBe(1024 * 1024)
})

test('nothing is lost or doubled, wherever the connection breaks', () => {
  const step = fc.oneof(
    fc.record({ kind: fc.constant('type' as const), text: fc.string({ minLength: 1, maxLength: 9 }) }),
    /** So many bytes of what is on the way arrive; the server may or may not say so. */
    fc.record({ kind: fc.constant('arrive' as const), bytes: fc.nat(20), told: fc.boolean() }),
    fc.record({ kind: fc.constant('break' as const) }),
  )
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), steps => {
      const { keyboard, take } = createPair()
      let typed = ''
      let got = ''
      let flying = ''
      keyboard.restart(true)
      for (const each of [
        ...steps,
        { kind: 'break' as const },
        { kind: 'arrive' as const, bytes: 1e6, told: true },
      ]) {
        if (each.kind === 'type') {
          const bytes = Buffer.from(each.text)
          typed += bytes.toString('latin1')
          keyboard.type(bytes)
        } else if (each.kind === 'arrive') {
          got += flying.slice(0, each.bytes)
          flying = flying.slice(each.bytes)
          if (each.told) keyboard.arrived(got.length)
        } else {
          keyboard.pause()
          flying = ''
          take()
          keyboard.resume(got.length)
        }
        flying += take()
      }
      expect(got + flying).toBe(typed)
    }),
  )
})
