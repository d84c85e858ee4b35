import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  linkTo,
  type NumberName,
  parsePlay,
  RANGES,
  SCENES,
  type Scene,
  type SceneName,
  usualPlay,
} from '../../playground/format/scene.ts'

const read = (text: string) => parsePlay(new URLSearchParams(text))

test('a link names a scene and numbers; what it leaves out is usual', () => {
  expect(read('?scene=stalled&model=shared&workers=8&rate=0&keep-alive=1')).toEqual({
    play: { ...usualPlay('stalled'), model: 'shared', workers: 8, rate: 0, 'keep-alive': 1 },
    notes: [],
  })
  expect(read('?model=own')).toBeUndefined()
})

test.each([
  ['?scene=nothing', 'There is no scene “nothing”; this is “A listener each”.'],
  ['?scene=__proto__', 'There is no scene “__proto__”; this is “A listener each”.'],
  ['?scene=shared&model=own', 'This scene is not played with the model “own”; it is one listener for all.'],
  ['?scene=own&workers=17', 'workers goes from 1 to 16; it is 16.'],
  ['?scene=own&rate=-5', 'rate goes from 0 to 500; it is 0.'],
  ['?scene=own&rate=many', 'rate takes a whole number, not “many”; it is 150.'],
  ['?scene=own&wait=1e3', 'wait takes a whole number, not “1e3”; it is 0.'],
  [`?scene=own&wait=${'9'.repeat(99)}`, `wait takes a whole number, not “${'9'.repeat(40)}…”; it is 0.`],
])('%s: the nearest that can be, and it is said', (link, note) => {
  expect(read(link)?.notes).toEqual([note])
})

test('whatever a link says, what comes of it is in range; and its own link leads back to it', () => {
  const word = fc.oneof(fc.string(), fc.integer().map(String), fc.constantFrom('own', 'shared', 'stalled'))
  const names = fc.constantFrom('scene', 'model', ...Object.keys(RANGES))
  fc.assert(
    fc.property(fc.array(fc.tuple(names, word)), pairs => {
      const found = parsePlay(new URLSearchParams([['scene', 'stalled'], ...pairs]))!
      const { models }: Scene = SCENES[found.play.scene]
      expect(models).toContain(found.play.model)
      for (const [name, { low, high }] of Object.entries(RANGES)) {
        expect(found.play[name as NumberName]).toBeGreaterThanOrEqual(low)
        expect(found.play[name as NumberName]).toBeLessThanOrEqual(high)
      }
      expect(read(linkTo(found.play))).toEqual({ play: found.play, notes: [] })
    }),
  )
})

test('every scene has a question that its sentences do not answer, and an answer', () => {
  for (const scene of Object.keys(SCENES) as SceneName[]) {
    const { about, question, answer }: Scene = SCENES[scene]
    expect(about.match(/[.!?](?= |$)/g), scene).toHaveLength(2)
    expect(question).toMatch(/\?$/)
    expect(answer).toMatch(/\.$/)
  }
})
