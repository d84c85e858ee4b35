import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createFlow, HIGH_WATER, LOW_WATER } from '../../playground/terminal/flow.ts'

test('full above the high mark, and until the page is below the low one', () => {
  const flow = createFlow()
  flow.sent(HIGH_WATER)
  expect(flow.full).toBe(false)
  flow.sent(1)
  expect(flow.full).toBe(true)
  flow.acknowledged(HIGH_WATER - LOW_WATER + 1)
  expect(flow.full).toBe(true)
  flow.acknowledged(HIGH_WATER - LOW_WATER + 2)
  expect(flow.full).toBe(false)
})

test('a lost, repeated, late or lying acknowledgement leaves the count right', () => {
  const event = fc.oneof(
    fc.record({ sent: fc.nat({ max: HIGH_WATER }) }),
    fc.record({ acknowledged: fc.maxSafeNat() }),
  )
  fc.assert(
    fc.property(fc.array(event), events => {
      const flow = createFlow()
      let sent = 0
      for (const each of events) {
        if ('sent' in each) {
          sent += each.sent
          flow.sent(each.sent)
        } else flow.acknowledged(each.acknowledged)
      }
      // However the page behaved: once it says that it has parsed all, nothing is outstanding, and no credit was saved up.
      flow.acknowledged(sent)
      expect(flow.full).toBe(false)
      flow.sent(HIGH_WATER + 1)
      expect(flow.full).toBe(true)
    }),
  )
})
