/** How colours are seen. */

/** WCAG 2.2, relative luminance and contrast ratio. */
export function contrast(a: string, b: string): number {
  const [dark, light] = [luminance(a), luminance(b)].sort((x, y) => x - y)
  return (light! + 0.05) / (dark! + 0.05)
}

function luminance(colour: string): number {
  const [red, green, blue] = linear(colour)
  return 0.2126 * red! + 0.7152 * green! + 0.0722 * blue!
}

/** Of `#rrggbb`: its three parts as light, 0 to 1. */
function linear(colour: string): number[] {
  return [1, 3, 5].map(at => {
    const value = Number.parseInt(colour.slice(at, at + 2), 16) / 255
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4
  })
}

/** Machado, Oliveira and Fernandes (2009), severity 1; rows of what each part of light becomes. */
const SIGHTS = {
  usual: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  'no red': [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  'no green': [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  'no blue': [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
}

/** Least distance in CIELAB (1976) of two colours, of all ways to see. 2.3 is just noticeable. */
export function distance(a: string, b: string): number {
  const distances = Object.values(SIGHTS).map(sight => {
    const [first, second] = [a, b].map(colour => lab(linear(colour), sight))
    return Math.hypot(...first!.map((part, index) => part - second![index]!))
  })
  return Math.min(...distances)
}

function lab(light: number[], sight: number[][]): number[] {
  const seen = sight.map(row => row.reduce((sum, factor, index) => sum + factor * light[index]!, 0))
  const [red, green, blue] = seen.map(part => Math.min(Math.max(part, 0), 1)) as [number, number, number]
  const x = root((0.4124 * red + 0.3576 * green + 0.1805 * blue) / 0.95047)
  const y = root(0.2126 * red + 0.7152 * green + 0.0722 * blue)
  const z = root((0.0193 * red + 0.1192 * green + 0.9505 * blue) / 1.08883)
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)]
}

function root(value: number): number {
  return value > 0.008856 ? Math.cbrt(value) : 7.787 * value + 16 / 116
}
