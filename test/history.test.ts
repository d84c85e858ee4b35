import headless, { type IBufferCell, type Terminal } from '@xterm/headless'
import { expect, test } from 'vitest'
import { createHistory, type HistoryOptions } from '../playground/history.ts'

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
  for (const more of FURTHER) {
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
    style: styleOf(core._inputHandler._curAttrData),
    region: [core.buffers.active.scrollTop, core.buffers.active.scrollBottom],
    tabs: Object.keys(core.buffers.active.tabs).filter(column => Number(column) < terminal.cols),
  }
}

function rowsOf(terminal: Terminal, which: 'normal' | 'alternate'): string[] {
  const buffer = terminal.buffer[which]
  if (which === 'alternate' && terminal.buffer.active.type !== 'alternate') return []
  return Array.from({ length: buffer.length }, (_, row) => {
    const line = buffer.getLine(row)!
    let text = line.isWrapped && row > 0 ? '↳' : ''
    let style = ''
    for (let column = 0; column < terminal.cols; column++) {
      const cell = line.getCell(column)!
      const cellStyle = styleOf(cell)
      if (cellStyle !== style) text += `{${cellStyle}}`
      style = cellStyle
      text += cell.getWidth() === 0 ? '' : cell.getChars() || '·'
      // A wrap that is due needs a character in the last column, though it was erased since.
      if (column + 1 === terminal.cols && cellStyle === '') text = text.replace(/ $/, '·')
    }
    return text
  })
}

function styleOf(cell: IBufferCell): string {
  const { extended } = cell as unknown as Core
  const has = (cell as unknown as Core).hasExtendedAttrs() !== 0
  return [
    cell.isBold() && 'bold',
    cell.isDim() && 'dim',
    cell.isItalic() && 'italic',
    cell.isUnderline() && `underline ${(cell as unknown as Core).getUnderlineStyle()}`,
    cell.isBlink() && 'blink',
    cell.isInverse() && 'inverse',
    cell.isInvisible() && 'invisible',
    cell.isStrikethrough() && 'strike',
    cell.isOverline() && 'over',
    !cell.isFgDefault() && `fg ${cell.getFgColorMode()} ${cell.getFgColor()}`,
    !cell.isBgDefault() && `bg ${cell.getBgColorMode()} ${cell.getBgColor()}`,
    has && `ul ${(cell as unknown as Core).getUnderlineColor()} ${extended.urlId ? 'link' : ''}`,
  ]
    .filter(Boolean)
    .join(' ')
}

function isSize(event: Event): event is Size {
  return typeof event === 'object' && 'columns' in event
}

function lines(count: number): string {
  return Array.from({ length: count }, (_, index) => `line ${index}\r\n`).join('')
}
