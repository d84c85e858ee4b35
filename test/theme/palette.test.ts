import { describe, expect, test } from 'vitest'
import { palette } from '../../.vitepress/theme/workbench/palette.ts'

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

/** WCAG 2.2, relative luminance and contrast ratio. */
function contrast(a: string, b: string): number {
  const [dark, light] = [luminance(a), luminance(b)].sort((x, y) => x - y)
  return (light! + 0.05) / (dark! + 0.05)
}

function luminance(colour: string): number {
  const [red, green, blue] = [1, 3, 5].map(at => {
    const value = Number.parseInt(colour.slice(at, at + 2), 16) / 255
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * red! + 0.7152 * green! + 0.0722 * blue!
}
