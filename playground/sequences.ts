/**
 * What a few bytes may make a terminal do: no more than its screen is worth. xterm.js repeats what it is told to up
 * to 2^31 times, stacks any number of accents on one letter and keeps every link, in the page as on the server, and
 * whatever program prints decides it. Pure; the private parts are those of xterm.js 6.0.0, the version that is pinned.
 */

/** Of @xterm/xterm and of @xterm/headless. */
interface BoundedTerminal {
  readonly cols: number
  readonly rows: number
  readonly parser: {
    registerCsiHandler(
      id: { final: string },
      handler: (parameters: (number | number[])[]) => boolean,
    ): unknown
    registerOscHandler(id: number, handler: (data: string) => boolean): unknown
  }
}

interface Core {
  _inputHandler: Record<string, (parameters: { length: number; params: number[] }) => boolean>
  unicodeService: { charProperties(code: number, preceding: number): number }
  _oscLinkService: {
    registerLink(data: unknown): number
    addLineToLink(link: number, line: number): void
  }
  buffers: { active: { markers: { dispose(): void }[] } }
}

type Size = Pick<BoundedTerminal, 'cols' | 'rows'>

/** By final: what repeats, and how often at most; more would change nothing that is seen. */
const REPEATED: Record<string, [name: string, most: (size: Size) => number]> = {
  I: ['cursorForwardTab', ({ cols }) => cols],
  L: ['insertLines', ({ rows }) => rows],
  M: ['deleteLines', ({ rows }) => rows],
  S: ['scrollUp', ({ rows }) => rows],
  T: ['scrollDown', ({ rows }) => rows],
  Z: ['cursorBackwardTab', ({ cols }) => cols],
  b: ['repeatPrecedingCharacter', ({ cols, rows }) => cols * rows],
}

/** Operating system commands that xterm.js takes: titles, colours, links. It takes them apart piece by piece. */
const COMMANDS = [0, 1, 2, 4, 8, 10, 11, 12, 104, 110, 111, 112]
/** Of the text of such a command; a longer one is ignored. UTF-16 units. */
const MAX_COMMAND = 4096
/** Accents and the like on one character; the next one has a place of its own. */
const MAX_JOINED = 15
/** Links and their further lines at a time; older ones become plain text. Each costs at every line that is printed. */
const MAX_LINKED = 1000

/** Must be called before anything is written. */
export function boundSequences(terminal: BoundedTerminal): void {
  const core = (terminal as unknown as { _core: Core })._core
  for (const [final, [name, mostOf]] of Object.entries(REPEATED)) {
    terminal.parser.registerCsiHandler({ final }, ([count]) => {
      const most = mostOf(terminal)
      return (
        typeof count === 'number' && count > most && core._inputHandler[name]!({ length: 1, params: [most] })
      )
    })
  }
  for (const command of COMMANDS) {
    terminal.parser.registerOscHandler(command, ({ length }) => length > MAX_COMMAND)
  }
  boundJoined(core)
  boundLinks(core)
}

/** A character's properties: 1 if it joins the one before, then two bits of width, then what a provider wants to know. */
function boundJoined({ unicodeService }: Core): void {
  const properties = unicodeService.charProperties.bind(unicodeService)
  unicodeService.charProperties = (code, preceding) => {
    const own = properties(code, preceding)
    if ((own & 1) === 0) return own
    const joined = (preceding >> 3) + 1
    return joined > MAX_JOINED ? 1 << 1 : (joined << 3) | (own & 7)
  }
}

function boundLinks({ _oscLinkService: links, buffers }: Core): void {
  const register = links.registerLink.bind(links)
  const addLine = links.addLineToLink.bind(links)
  const shed = () => {
    const { markers } = buffers.active
    while (markers.length > MAX_LINKED) markers[0]!.dispose()
  }
  links.registerLink = data => {
    const link = register(data)
    shed()
    return link
  }
  links.addLineToLink = (link, line) => {
    addLine(link, line)
    shed()
  }
}
