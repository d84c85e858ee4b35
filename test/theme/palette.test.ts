import { describe, expect, test } from 'vitest'
import { palette } from '../../.vitepress/theme/workbench/palette.ts'
import { contrast } from './contrast.ts'

const COLOURS = ['black', 'red', 'green', 'yellow', 'blue', 'magenta', 'cyan', 'white'] as const
const NAMES = COLOURS.flatMap(name => [name, `bright${name[0]!.toUpperCase()}${name.slice(1)}`] as const)

describe.each(['light', 'dark'] as const)('the %s terminal', theme => {
  const colours = palette[theme] as Record<string, string>

  test.each([...NAMES, 'foreground', 'cursor'])('%s can be read on the background', name => {
    expect(contrast(colours[name]!, colours.background!)).toBeGreaterThanOrEqual(4.5)
  })

  test('the colours that mean something differ from each other', () => {
    const distinct = NAMES.filter(name => !/black|white/i.test(name)).map(name => colours[name])
    expect(new Set(distinct).size).toBe(distinct.length)
  })
})
