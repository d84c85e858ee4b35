/** What a terminal prints with: attributes as xterm.js 6.0.0 keeps them, and the sequences that choose them. */

/** Addresses of links in one picture; what is linked beyond is plain text. UTF-16 units. */
const MAX_LINKS = 256 * 1024

export const MODE = 0x3000000
const MODE_16 = 0x1000000
const MODE_256 = 0x2000000
const RGB = 0xffffff
export const HAS_EXTENDED = 0x10000000
const UNDERLINE = 0x10000000
const FG_FLAGS = [
  [0x4000000, 7],
  [0x8000000, 1],
  [0x20000000, 5],
  [0x40000000, 8],
  [0x80000000, 9],
] as const
const BG_FLAGS = [
  [0x4000000, 3],
  [0x8000000, 2],
  [0x40000000, 53],
] as const

export interface Attributes {
  fg: number
  bg: number
  extended: { underlineStyle: number; underlineColor: number; urlId: number }
}

/** Which address a number stands for. */
export interface Links {
  getLinkData(id: number): { id?: string; uri: string } | undefined
}

export interface Pen {
  /** Each returns the sequences that change what is printed next, none where nothing changes. */
  style(attributes: Attributes): string
  background(attributes: Attributes): string
  plain(): string
}

export function createPen(links: Links): Pen {
  let current = plain()
  let link = 0
  let linked = 0

  function style(attributes: Attributes): string {
    const { extended } = attributes
    // A cell holds them unsigned, the cursor signed.
    const fg = attributes.fg | 0
    const bg = attributes.bg | 0
    const isExtended = (bg & HAS_EXTENDED) !== 0
    if (fg === current.fg && bg === current.bg && (!isExtended || isSame(extended, current.extended)))
      return ''
    current = { fg, bg, extended }
    return sgrOf(current) + linkTo(isExtended ? extended.urlId : 0)
  }

  function linkTo(id: number): string {
    if (id === link) return ''
    link = id
    const data = id === 0 ? undefined : links.getLinkData(id)
    linked += data ? data.uri.length + (data.id?.length ?? 0) : 0
    return data && linked < MAX_LINKS
      ? `\x1b]8;${data.id ? `id=${data.id}` : ''};${data.uri}\x1b\\`
      : '\x1b]8;;\x1b\\'
  }

  return {
    style,
    background: ({ bg }) => style({ ...plain(), bg: bg & (MODE | RGB) }),
    plain: () => style(plain()),
  }
}

export function plain(): Attributes {
  return { fg: 0, bg: 0, extended: { underlineStyle: 0, underlineColor: 0, urlId: 0 } }
}

function isSame(one: Attributes['extended'], other: Attributes['extended']): boolean {
  return (
    one.underlineStyle === other.underlineStyle &&
    one.underlineColor === other.underlineColor &&
    one.urlId === other.urlId
  )
}

export function sgrOf({ fg, bg, extended }: Attributes): string {
  let sgr = '0'
  for (const [flag, parameter] of FG_FLAGS) if (fg & flag) sgr += `;${parameter}`
  for (const [flag, parameter] of BG_FLAGS) if (bg & flag) sgr += `;${parameter}`
  const isExtended = (bg & HAS_EXTENDED) !== 0
  if (fg & UNDERLINE)
    sgr +=
      isExtended && extended.underlineStyle > 1 && !extended.urlId ? `;4:${extended.underlineStyle}` : ';4'
  if (isExtended && extended.underlineColor & MODE) sgr += colour(58, extended.underlineColor)
  if (fg & MODE) sgr += colour(38, fg)
  if (bg & MODE) sgr += colour(48, bg)
  return `\x1b[${sgr}m`
}

function colour(target: 38 | 48 | 58, value: number): string {
  const index = value & 0xff
  switch (value & MODE) {
    case MODE_16:
      return `;${index < 8 ? target - 8 + index : target + 44 + index}`
    case MODE_256:
      return `;${target};5;${index}`
    default:
      return `;${target};2;${(value >>> 16) & 0xff};${(value >>> 8) & 0xff};${index}`
  }
}
