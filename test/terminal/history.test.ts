import headless, { type Terminal } from '@xterm/headless'
import fc from 'fast-check'
import { spawn } from 'node-pty'
import { describe, expect, test } from 'vitest'
import { createHistory, type HistoryOptions } from '../../playground/terminal/history.ts'
import { needsProgram } from '../harness/needs.ts'
import { runs } from '../harness/runs.ts'

type Size = { columns: number; rows: number }
/** What happens to a pane: output, or a change of its size. */
type Event = string | Uint8Array | Size

const SIZE: Size = { columns: 20, rows: 6 }
/** Enough for the mirror to see everything, however slow the machine. */
const ALWAYS = 1e9

test.each<[string, Event[]]>([
  ['nothing', []],
  ['a prompt', ['hello\r\n$ ']],
  ['lines beyond the screen', [lines(30)]],
  ['more lines than a page keeps', [lines(6000)]],
  ['colours and styles', ['\x1b[1;31mred\x1b[0;4:3;58;5;9;48;2;1;2;3mcurly\x1b[7;53;9;2;3m all']],
  ['colours at the cursor', ['\x1b[44;93mx\r\n\x1b[K']],
  ['an erased row with a colour', ['a\x1b[45m\x1b[2Kb\x1b[m\x1b[3;5H\x1b[46m\x1b[1K\x1b[4X']],
  ['rows that scrolled in with a colour', [`${lines(5)}\x1b[42m\r\n\r\n\r\nx\x1b[m\r\ny`]],
  ['a row that goes on', ['0123456789012345678901234567890123456789ab']],
  ['a row that goes on, erased at its end', ['01234567890123456789abc\x1b[A\x1b[15G\x1b[K']],
  ['a row that goes on, erased at its beginning', ['01234567890123456789abc\r\x1b[2X']],
  ['a wide character that found no room', ['0123456789012345678漢字']],
  ['a full row whose wrap is due', ['01234567890123456789']],
  ['a full row, then a colour', ['0123456789012345678\x1b[31m9\x1b[32m']],
  ['a full row of wide characters', ['漢字漢字漢字漢字漢字']],
  ['a full row, erased', ['01234567890123456789\x1b[2J']],
  ['combining characters', ['e\u0301a\u0308\u0323 \u{1f600}']],
  ['half a character', [Buffer.from('a漢').subarray(0, 3)]],
  ['half an emoji', [Buffer.from('a\u{1f600}').subarray(0, 4)]],
  ['half a control sequence', ['a\x1b[3']],
  ['half a title', ['a\x1b]0;ti']],
  ['half a device control string', ['a\x1bPabc\x1b']],
  ['a bare escape', ['a\x1b']],
  ['the modes of readline', ['\x1b[?2004h\x1b[?1h\x1b=$ ']],
  ['the mouse', ['\x1b[?1000h\x1b[?1002h\x1b[?1006h\x1b[?1004h']],
  ['the cursor hidden, its style', ['\x1b[?25l\x1b[4 q\x1b[?12h']],
  ['no wrap', ['\x1b[?7l0123456789012345678901234']],
  ['insert mode', ['abc\x1b[D\x1b[4h']],
  ['origin mode and a scroll region', ['a\x1b[2;4r\x1b[?6h\x1b[2;3Hx']],
  ['a scroll region', [`${lines(4)}\x1b[2;4r\x1b[4;1H\n\nx`]],
  ['tab stops', ['\x1b[3g\x1b[5G\x1bH\ra\tb']],
  ['line drawing', ['\x1b(0lqk\x1b(B lqk \x1b)0\x0ex']],
  ['line drawing, ended by a cursor that was saved before', ['\x1b7\x1b(0q\x1b8', 'qx']],
  ['a saved cursor', ['\x1b[3;4H\x1b[35m\x1b7\x1b[m\x1b[Habc']],
  ['a link', ['see \x1b]8;id=1;https://example.com/a\x1b\\here\x1b]8;;\x1b\\ and']],
  ['the alternate screen', [`${lines(9)}$ vi\r\n\x1b[?1049h\x1b[H\x1b[2J\x1b[2;5r~\r\n~\x1b[31m`]],
  ['the alternate screen, left', [`${lines(9)}$ vi\r\n\x1b[?1049h\x1b[H\x1b[2Jabc\x1b[?1049l$ `]],
  ['the alternate screen by its old names', ['abc\x1b[?47hdef\x1b[?1047l\x1b[?1047hx']],
  ['a reset', ['abc\x1b[31m\x1b[?1h\x1bcdef']],
  [
    'resizes',
    [lines(9), { columns: 12, rows: 4 }, 'a long line that will wrap', { columns: 30, rows: 8 }, 'b'],
  ],
  ['a resize in the alternate screen', ['abc\x1b[?1049h\x1b[2;3rxyz', { columns: 10, rows: 5 }]],
])('%s', async (_, events) => {
  await expectSame(events, { share: ALWAYS })
})

const number = fc.integer({ min: 0, max: 24 })
const piece = fc.oneof(
  { weight: 4, arbitrary: fc.string({ unit: 'grapheme-ascii', maxLength: 30 }) },
  { weight: 2, arbitrary: fc.constantFrom('漢字', 'e\u0301', '\u{1f600}', 'a\u0308\u0323', '한국어 ', '─│') },
  {
    weight: 3,
    arbitrary: fc.constantFrom('\r\n', '\n', '\r', '\b', '\t', '\x1bM', '\x1bD', '\x1bE', '\r\n'.repeat(9)),
  },
  {
    weight: 3,
    arbitrary: fc
      .array(
        fc.constantFrom(...'0;1;2;3;4;4:3;5;7;8;9;21;22;24;27;31;39;44;49;53;96;103;38;5;200'.split(';')),
        { maxLength: 3 },
      )
      .map(list => `\x1b[${list.join(';')}m`),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom('\x1b[38;2;1;2;3m', '\x1b[48;5;17m', '\x1b[58;5;9;4:2m', '\x1b[m'),
  },
  {
    weight: 4,
    arbitrary: fc
      .tuple(number, number, fc.constantFrom(...'HABCDEFGJKLMPSTX@abdefgrIZ'))
      .map(([one, two, final]) => `\x1b[${one}${'Hfr'.includes(final) ? `;${two}` : ''}${final}`),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(
        fc.constantFrom(...'1 6 7 12 25 45 66 1000 1002 1004 1006 2004 47 1047 1049 1049'.split(' ')),
        fc.constantFrom('h', 'l'),
      )
      .map(([mode, final]) => `\x1b[?${mode}${final}`),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      '\x1b7',
      '\x1b8',
      '\x1b(0',
      '\x1b(B',
      '\x1bH',
      '\x1b[3g',
      '\x1b[4h',
      '\x1b[4l',
      '\x1b[3 q',
      '\x1b[!p',
      '\x1bc',
      '\x1b[20h',
    ),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      '\x1b]0;title\x07',
      '\x1b]8;;http://a.example\x1b\\a\x1b]8;;\x07',
      '\x1bPq#0\x1b\\',
      '\x1b[c',
      '\x1b[6n',
      '\x1b]11;?\x07',
      '\x07',
    ),
  },
  {
    weight: 1,
    arbitrary: fc.record({ columns: fc.integer({ min: 2, max: 40 }), rows: fc.integer({ min: 2, max: 12 }) }),
  },
)

/** Pieces joined to chunks that end anywhere, a change of size between two of them. */
const session = fc
  .tuple(fc.array(piece, { maxLength: 60 }), fc.array(fc.nat(), { maxLength: 10 }))
  .map(([pieces, cuts]) => {
    const events: Event[] = []
    let text = ''
    for (const one of [...pieces, SIZE]) {
      if (typeof one === 'string') text += one
      else {
        const bytes = Buffer.from(text)
        const ends = [...cuts.map(cut => cut % (bytes.length + 1)), bytes.length].sort((a, b) => a - b)
        ends.forEach((end, index) => {
          events.push(bytes.subarray(ends[index - 1] ?? 0, end))
        })
        events.push(one)
        text = ''
      }
    }
    return events.slice(0, -1)
  })

test.each<[string, HistoryOptions]>([
  ['the ring holds all', {}],
  ['the ring holds little', { capacity: 64, share: ALWAYS }],
])('any output draws the same screen: %s', async (_, options) => {
  await fc.assert(
    fc.asyncProperty(session, events => expectSame(events, options)),
    // The same ones each time: what is new in them is looked for with other seeds and more runs, not by chance.
    { numRuns: Number(process.env.RUNS ?? runs(100)), seed: Number(process.env.SEED ?? 1) },
  )
})

describe('a flood that is too fast to be parsed', () => {
  test('keeps the private modes; what else was set before the last MiB is lost', async () => {
    const history = await flood([
      '\x1b[?2004h\x1b[?1h\x1b[?1000h\x1b[?1002;1006h\x1b[?25l\x1b[?',
      '7l',
      ...LOST,
    ])
    const page = createTerminal(SIZE)
    await write(page, (await history.picture()).bytes)
    expect(look(page)).toMatchObject({
      modes: {
        bracketedPasteMode: true,
        applicationCursorKeysMode: true,
        mouseTrackingMode: 'drag',
        wraparoundMode: false,
        insertMode: false,
      },
      encoding: 'SGR',
      hidden: true,
      region: [0, 5],
      style: '',
    })
    expect(look(page).normal.at(-2)).toContain('line 98')
  })

  test('keeps what had been set when it was still parsed, and ends what a reset has ended', async () => {
    const history = createHistory(SIZE, { capacity: 4096, share: 0 })
    history.push(Buffer.from(`\x1b[?1049h\x1b[?2004h\x1bc\x1b[?1h${lines(999)}`))
    await flood([], history)
    const page = createTerminal(SIZE)
    await write(page, (await history.picture()).bytes)
    expect(look(page)).toMatchObject({
      type: 'normal',
      modes: { applicationCursorKeysMode: true, bracketedPasteMode: false },
    })
  })

  test('stays in the alternate screen', async () => {
    const history = await flood(['\x1b[?1049h'])
    for (let index = 0; index < 200; index++)
      history.push(Buffer.from(`\x1b[${1 + (index % 6)};1Hrow ${index}\x1b[K`))
    const page = createTerminal(SIZE)
    await write(page, (await history.picture()).bytes)
    const { type, screen } = look(page)
    expect({ type, first: screen[0]!.slice(0, 7) }).toEqual({ type: 'alternate', first: 'row 198' })
  })

  /** Insert mode, keypad, cursor style, scroll region, colours, a character set. */
  const LOST = ['\x1b[4h\x1b=\x1b[4 q\x1b[2;5r\x1b[1;31m\x1b(0']

  /** First so much that the mirror is given up, then the output, then so much that it is no longer kept. */
  async function flood(output: string[], history = createHistory(SIZE, { capacity: 4096, share: 0 })) {
    const unseen = Buffer.from(lines(99).repeat(999))
    history.push(unseen)
    for (const part of output) history.push(Buffer.from(part))
    history.push(unseen)
    return history
  }
})

/** Each would be endless, or stop a terminal that repeats what it is told to. */
test.each<[string, Buffer]>([
  ['an endless title', Buffer.concat([Buffer.from('\x1b]0;'), Buffer.alloc(200_000, 97)])],
  ['an endless control sequence', Buffer.concat([Buffer.from('\x1b['), Buffer.alloc(200_000, 49)])],
  ['no newline', Buffer.alloc(300_000, 97)],
  ['only newlines', Buffer.alloc(300_000, 10)],
  ['characters on top of each other', Buffer.from(`e${'\u0301'.repeat(100_000)}`)],
  [
    'huge counts',
    Buffer.from(
      'ab\x1b[2147483647b\x1b[2147483647L\x1b[2147483647M\x1b[2147483647S\x1b[2147483647T\x1b[2147483647I\x1b[2147483647Z',
    ),
  ],
  ['all bytes', Buffer.from(Array.from({ length: 100_000 }, (_, index) => (index * 7919) >> 3))],
  [
    'questions',
    Buffer.from(
      '\x1b[c\x1b[>c\x1b[6n\x1b[?6n\x1b[18t\x1b]10;?\x07\x1b]52;c;?\x07\x1bP$qm\x1b\\\x1b[?2004$p\x05\x07'.repeat(
        3000,
      ),
    ),
  ],
])('hostile output is bounded and makes nobody answer: %s', async (_, bytes) => {
  for (const share of [0, ALWAYS]) {
    const history = createHistory(SIZE, { capacity: 32 * 1024, share })
    for (let from = 0; from < bytes.length; from += 4093) history.push(bytes.subarray(from, from + 4093))
    expect(history.read(history.end - 32 * 1024 - 1, 0)).toBeUndefined()
    expect(history.end).toBe(bytes.length)
    const picture = (await history.picture()).bytes
    expect(picture.length).toBeLessThan(256 * 1024)
    const page = createTerminal(SIZE)
    const answers: string[] = []
    page.onData(data => answers.push(data))
    page.onBell(() => answers.push('bell'))
    page.onTitleChange(title => answers.push(title))
    await write(page, picture)
    expect(answers).toEqual([])
    history.close()
  }
})

test('the ring gives back what it took, and no more', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 16, max: 9000 }),
      fc.array(fc.integer({ min: 0, max: 12_000 })),
      (capacity, lengths) => {
        const history = createHistory(SIZE, { capacity, share: 0 })
        const all: number[] = []
        for (const length of lengths) {
          const bytes = Buffer.from(Array.from({ length }, (_, index) => (all.length + index) % 251))
          all.push(...bytes)
          history.push(bytes)
          bytes.fill(255)
        }
        const { end } = history
        expect(end).toBe(all.length)
        let start = Math.max(0, end - capacity)
        while (!history.read(start, 0)) start++
        expect(end - start).toBeGreaterThanOrEqual(Math.min(all.length, capacity / 2 - 4096))
        expect(history.read(start, end)?.equals(Buffer.from(all.slice(start)))).toBe(true)
        const middle = Math.floor((start + end) / 2)
        expect(history.read(middle, 100)?.equals(Buffer.from(all.slice(middle, middle + 100)))).toBe(true)
        expect(history.read(end, 10)?.length).toBe(0)
        expect(history.read(start - 1, 10)).toBeUndefined()
        expect(history.read(end + 1, 10)).toBeUndefined()
      },
    ),
  )
})

test('changes of size without end are bounded', async () => {
  const history = createHistory(SIZE)
  for (let index = 0; index < 2000; index++) {
    if (index % 2) history.push(Buffer.from('x'))
    history.resize({ columns: 10 + (index % 7), rows: 5 })
  }
  expect((await history.picture()).at).toBe(1000)
})

test('a mirror parses no more at once than comes: keystrokes wait for it', () => {
  const capacity = 64 * 1024
  const history = createHistory(SIZE, { capacity, share: ALWAYS })
  const line = `${'x'.repeat(99)}\n`
  const piece = Buffer.from(line.repeat(10))
  let start = 0
  for (let pushed = 0; pushed < 4 * capacity; pushed += piece.length) {
    const before = start
    history.push(piece)
    while (!history.read(start, 0)) start++
    // As much, and the rest of a line.
    expect(start - before).toBeLessThanOrEqual(piece.length + line.length)
  }
  expect(start).toBeGreaterThan(2 * capacity)
})

test('calls at the same time get the same picture', async () => {
  const history = createHistory(SIZE)
  history.push(Buffer.from('one'))
  const first = history.picture()
  expect(history.picture()).toBe(first)
  history.push(Buffer.from(' two'))
  const [one, two] = await Promise.all([first, history.picture()])
  expect([one.at, two.at]).toEqual([3, 7])
  expect(one.bytes.toString()).not.toContain('two')
  expect(two.bytes.toString()).toContain('one two')
})

/** What is waited for on the screen, and what is typed then. */
test.for<[string, string[], [RegExp, string][]]>([
  [
    'htop',
    ['-d', '1'],
    [
      [/CPU%.*F1Help/s, 't'],
      [/F5List/, ''],
    ],
  ],
  [
    'vi',
    ['-n', 'package.json'],
    [
      [/"name":.*package.json/s, '/scripts\r'],
      [/scripts/, 'ohello'],
      [/hello/, ''],
    ],
  ],
  [
    'less',
    ['package-lock.json'],
    [
      [/package-lock.json/, '/node_modules\r'],
      [/node_modules/, ''],
    ],
  ],
])('%s looks the same', async ([program, args, steps], context) => {
  needsProgram(context, program)
  await expectSameProgram(program, args, steps)
})

async function expectSameProgram(program: string, args: string[], steps: [RegExp, string][]): Promise<void> {
  const size = { columns: 90, rows: 24 }
  const witness = createTerminal(size)
  const history = createHistory(size, { capacity: 2048, share: ALWAYS })
  const env = { PATH: process.env.PATH, TERM: 'xterm-256color', HOME: '/nonexistent' }
  const pty = spawn(program, args, { cols: size.columns, rows: size.rows, env, encoding: null })
  let written = Promise.resolve()
  const listening = pty.onData(data => {
    history.push(data as unknown as Buffer)
    written = write(witness, data as unknown as Buffer)
  })
  try {
    for (const [seen, keys] of steps) {
      await expect
        .poll(() =>
          look(witness)
            .screen.join('\n')
            .replace(/\{[^}]*\}/g, '')
            .replaceAll('·', ' '),
        )
        .toMatch(seen)
      pty.write(keys)
    }
    listening.dispose()
    await written
    const page = createTerminal(size)
    await write(page, (await history.picture()).bytes)
    expect(look(page)).toEqual(look(witness))
    expect(look(page).type).toBe('alternate')
  } finally {
    pty.kill('SIGKILL')
    history.close()
  }
}

/** Every event, through a history and to a terminal that sees everything; then more of them to both. */
async function expectSame(events: Event[], options: HistoryOptions = {}): Promise<void> {
  const witness = createTerminal(SIZE)
  const history = createHistory(SIZE, options)
  let size = SIZE
  for (const event of events)
    if (isSize(event)) {
      size = event
      history.resize(event)
      witness.resize(event.columns, event.rows)
    } else {
      history.push(Buffer.from(event as string))
      await write(witness, event)
    }
  const { bytes, at } = await history.picture()
  expect(at).toBe(history.end)
  const page = createTerminal(size)
  const answers: string[] = []
  page.onData(data => answers.push(data))
  page.onBell(() => answers.push('bell'))
  page.onTitleChange(title => answers.push(title))
  await write(page, bytes)
  expect(answers).toEqual([])
  expect(look(page)).toEqual(look(witness))
  const last = events.findLast(event => isSize(event) || event.length > 0)
  // After a resize nobody can tell what a combining character would join.
  for (const more of last && isSize(last) ? FURTHER.slice(1) : FURTHER) {
    await write(page, more)
    await write(witness, more)
    expect(look(page), JSON.stringify(more)).toEqual(look(witness))
  }
  history.close()
}

/** What shows hidden state, one after the other. */
const FURTHER = [
  '\u0301',
  'q',
  'm more',
  'x\x1b\\y',
  '\tz',
  '\r\n'.repeat(3),
  '\x1b8here',
  '\x1b[?1049l$ ',
  'ab\x1b8c',
]

function createTerminal({ columns, rows }: Size): Terminal {
  return new headless.Terminal({
    cols: columns,
    rows,
    scrollback: 5000,
    allowProposedApi: true,
    logLevel: 'off',
  })
}

function write(terminal: Terminal, bytes: string | Uint8Array): Promise<void> {
  return new Promise(resolve => terminal.write(bytes, resolve))
}

// biome-ignore lint/suspicious/noExplicitAny: what is compared is what the public API does not tell
type Core = any

/** All that is seen, or will be, in the order in which a difference is best read. */
function look(terminal: Terminal) {
  const { active, normal } = terminal.buffer
  const core: Core = (terminal as unknown as { _core: Core })._core
  return {
    screen: rowsOf(terminal, 'alternate'),
    normal: rowsOf(terminal, 'normal'),
    type: active.type,
    base: normal.baseY,
    cursor: [active.cursorX, active.cursorY],
    modes: { ...terminal.modes, synchronizedOutputMode: false },
    dec: { ...core.coreService.decPrivateModes, synchronizedOutput: false },
    hidden: core.coreService.isCursorHidden,
    encoding: core.coreMouseService.activeEncoding,
    charset: core._charsetService.charset?.q,
    style: styleOf(core._inputHandler._curAttrData, core),
    region: [core.buffers.active.scrollTop, core.buffers.active.scrollBottom],
    tabs: Object.keys(core.buffers.active.tabs).filter(column => Number(column) < terminal.cols),
  }
}

function rowsOf(terminal: Terminal, which: 'normal' | 'alternate'): string[] {
  const buffer = terminal.buffer[which]
  const core: Core = (terminal as unknown as { _core: Core })._core
  if (which === 'alternate' && terminal.buffer.active.type !== 'alternate') return []
  const first = which === 'alternate' ? buffer.baseY : 0
  return Array.from({ length: buffer.length - first }, (_, index) => {
    const row = first + index
    const line = buffer.getLine(row)!
    let text = line.isWrapped && row > first ? '↳' : ''
    let style = ''
    for (let column = 0; column < terminal.cols; column++) {
      const cell: Core = line.getCell(column)!
      const isSeen =
        cell.isInverse() || cell.getUnderlineStyle() || cell.isStrikethrough() || cell.isOverline()
      const isCut = column + cell.getWidth() > terminal.cols
      const chars = isCut ? '·' : cell.getChars() || (isSeen ? ' ' : '·')
      const cellStyle = chars === '·' ? backgroundOf(cell) : styleOf(cell, core)
      if (cellStyle !== style) text += `{${cellStyle}}`
      style = cellStyle
      text += cell.getWidth() === 0 ? '' : chars
      // A wrap that is due needs a character in the last column, though it was erased since.
      if (column + 1 === terminal.cols && cellStyle === '') text = text.replace(/ $/, '·')
    }
    return text
  })
}

/** Of a cell, or of what is printed next; a link is one only while some row has it. */
function styleOf(cell: Core, core: Core): string {
  const { extended } = cell
  const link = cell.hasExtendedAttrs() ? core._oscLinkService.getLinkData(extended.urlId) : undefined
  const underline = cell.getUnderlineStyle()
  return [
    cell.isBold() && 'bold',
    cell.isDim() && 'dim',
    cell.isItalic() && 'italic',
    underline && `underline ${underline} ${cell.getUnderlineColor()}`,
    cell.isBlink() && 'blink',
    cell.isInverse() && 'inverse',
    cell.isInvisible() && 'invisible',
    cell.isStrikethrough() && 'strike',
    cell.isOverline() && 'over',
    !cell.isFgDefault() && `fg ${cell.getFgColorMode()} ${cell.getFgColor()}`,
    backgroundOf(cell),
    link && `link ${link.uri}`,
  ]
    .filter(Boolean)
    .join(' ')
}

function backgroundOf(cell: Core): string {
  return cell.isBgDefault() ? '' : `bg ${cell.getBgColorMode()} ${cell.getBgColor()}`
}

function isSize(event: Event): event is Size {
  return typeof event === 'object' && 'columns' in event
}

function lines(count: number): string {
  return Array.from({ length: count }, (_, index) => `line ${index}\r\n`).join('')
}
