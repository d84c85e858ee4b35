import { expect, test } from 'vitest'
import { type Alone, inTurns } from '../../playground/runner/lanes.ts'

/** A turn of the event loop in which everything else goes on. */
const later = () => new Promise(resolve => setImmediate(resolve))

/** Runs pieces that say what they do: `-` a step, `!` a step for which they must be alone. */
async function run(pieces: string[], limit: number, signal = new AbortController().signal) {
  const steps: { piece: number; isAlone: boolean }[] = []
  let most = 0
  let open = 0
  const results = await inTurns(pieces, { limit, signal }, async (piece, alone) => {
    const index = pieces.indexOf(piece)
    most = Math.max(most, ++open)
    let isAlone = false
    for (const step of piece.replace(/^\w+/, '')) {
      if (step === '!') await alone()
      isAlone ||= step === '!'
      steps.push({ piece: index, isAlone })
      await later()
    }
    open--
    return index
  })
  return { steps, most, results }
}

test('pieces run side by side, no more than the limit, and results are in their order', async () => {
  const { steps, most, results } = await run(['a---', 'b-', 'c--', 'd----'], 2)
  expect(most).toBe(2)
  expect(results).toEqual([0, 1, 2, 3])
  expect(steps).toHaveLength(10)
  expect(steps.slice(0, 2).map(({ piece }) => piece)).toEqual([0, 1])
})

test.for([
  ['a-!--', 'b-----', 'c--'],
  ['a-!--', 'b--!-', 'c--!!-', 'd----'],
  ['a!', 'b!', 'c!', 'd-', 'e!-!'],
  ['a-', 'b!-----', 'c-', 'd-', 'e-', 'f!--'],
])('from `!` to its end a piece is alone: %j', async pieces => {
  for (const limit of [1, 2, 3, 8]) {
    const { steps, results } = await run(pieces, limit)
    expect(results).toEqual(pieces.map((_, index) => index))
    expect(steps).toHaveLength(pieces.join('').replace(/\w/g, '').length)
    for (const [index, piece] of pieces.entries()) {
      const first = steps.findIndex(step => step.piece === index && step.isAlone)
      const last = steps.findLastIndex(step => step.piece === index)
      if (first < 0) continue
      expect(
        steps.slice(first, last + 1).every(step => step.piece === index),
        piece,
      ).toBe(true)
    }
  }
})

test('who waits to be alone holds nobody up: the others go on beside it', async () => {
  const { steps } = await run(['a-!-', 'b------', 'c-', 'd-'], 3)
  expect(steps.map(({ piece }) => piece).slice(-2)).toEqual([0, 0])
})

test('an error is told when all have ended, and takes nobody’s turn', async () => {
  const ended: string[] = []
  const work = async (name: string, alone: Alone) => {
    await later()
    if (name.endsWith('!')) await alone()
    if (name.startsWith('bad')) throw new Error(name)
    await later()
    ended.push(name)
  }
  const signal = new AbortController().signal
  await expect(inTurns(['bad!', 'a!', 'bad', 'b'], { limit: 3, signal }, work)).rejects.toThrow('bad!')
  expect(ended.sort()).toEqual(['a!', 'b'])
})

test('after an abort nothing begins, and who waits is refused', async () => {
  const stop = new AbortController()
  const begun: string[] = []
  const refused: string[] = []
  const done = inTurns(
    ['a', 'b!', 'c!', 'd', 'e'],
    { limit: 3, signal: stop.signal },
    async (name, alone) => {
      begun.push(name)
      if (name.endsWith('!')) await alone().catch(({ message }) => void refused.push(`${name} ${message}`))
      else await new Promise(resolve => stop.signal.addEventListener('abort', resolve))
    },
  )
  await later()
  stop.abort()
  await done
  expect(begun).toEqual(['a', 'b!', 'c!'])
  expect(refused).toEqual(['b! stopped', 'c! stopped'])
})
