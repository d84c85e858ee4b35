/** What the parts of a line mean that `ss` or `strace` has printed. Pure. */

export interface LineNote {
  /** Offsets in the line. */
  from: number
  to: number
  /** Sentences in which backticks mark code. */
  note: string
}

/** Characters: what a program prints decides how long its patterns take, and neither prints lines like this. */
const LONGEST = 2000

/** In the order of the line, none within another; none for a line of another program. */
export function notesIn(line: string): LineNote[] {
  return line.length > LONGEST ? [] : (socketNotes(line) ?? callNotes(line) ?? [])
}

const STATES: Record<string, string> = {
  LISTEN: 'The state of the socket: it is a listener, which waits for connections.',
  UNCONN: 'The state of the socket: it is bound to no other end, and takes datagrams from anybody.',
  ESTAB: 'The state of the socket: a connection that is open at both ends.',
  'SYN-SENT': 'The state of the socket: it has asked for a connection, and has no answer yet.',
  'SYN-RECV': 'The state of the socket: a connection that is half made; its last packet is missing.',
  'CLOSE-WAIT': 'The state of the socket: the other end has closed, this one has not.',
  'FIN-WAIT-1': 'The state of the socket: this end has closed, and the other one has not confirmed it.',
  'FIN-WAIT-2': 'The state of the socket: this end has closed, the other one has not.',
  'LAST-ACK': 'The state of the socket: both ends have closed, and the last confirmation is missing.',
  CLOSING: 'The state of the socket: both ends have closed at the same moment.',
  'TIME-WAIT': 'The state of the socket: it is closed, and the kernel remembers it for a minute.',
}
const QUEUES = {
  listener: [
    '`Recv-Q`, of a listener: connections that wait in its accept queue now.',
    '`Send-Q`, of a listener: how many may wait there, the backlog.',
  ],
  datagrams: [
    '`Recv-Q`, of a UDP socket: bytes of memory that waiting datagrams take.',
    '`Send-Q`, of a UDP socket: bytes that have not been sent yet.',
  ],
  connection: [
    '`Recv-Q`, of a connection: bytes that wait to be read.',
    '`Send-Q`, of a connection: bytes that the other end has not confirmed.',
  ],
} as const

/** `State Recv-Q Send-Q Local Peer Process`, with or without `Netid` before it. */
const SOCKET = new RegExp(
  String.raw`^(?:(?:tcp|udp) +)?(${Object.keys(STATES).join('|')}) +(\d+) +(\d+) +(\S+:\S+) +(\S+:\S+)(?: +(users:\(\(.*?\)\)))?(?: |$)`,
  'd',
)

function socketNotes(line: string): LineNote[] | undefined {
  const match = SOCKET.exec(line)
  if (!match) return undefined
  const [, state, , , , peer] = match
  const [received, sent] =
    QUEUES[state === 'LISTEN' ? 'listener' : state === 'UNCONN' ? 'datagrams' : 'connection']
  return notesOf(match, [
    STATES[state!]!,
    received,
    sent,
    'Its own address and port.',
    peer!.endsWith(':*') ? 'The other end: any address, any port.' : 'The other end: its address and port.',
    'The processes that hold the socket: name, process id, and the number of the file descriptor in that process.',
  ])
}

const CALLS: Record<string, string> = {
  socket: '`socket` makes a socket.',
  setsockopt: '`setsockopt` sets an option on a socket.',
  getsockopt: '`getsockopt` reads an option of a socket.',
  bind: '`bind` gives the socket an address and a port.',
  listen: '`listen` makes it a listener: connections may wait in its accept queue.',
  accept: '`accept` takes the next connection out of the accept queue.',
  accept4: '`accept4` takes the next connection out of the accept queue.',
  connect: '`connect` asks for a connection to an address and a port.',
  close: '`close` releases the file descriptor.',
  epoll_wait: '`epoll_wait` waits until something is to be done on one of many file descriptors.',
  epoll_pwait: '`epoll_pwait` waits until something is to be done on one of many file descriptors.',
  epoll_ctl: '`epoll_ctl` says which file descriptors `epoll_wait` is to watch, and for what.',
}
/** Calls whose answer is a file descriptor. */
const OPENING = ['socket', 'accept', 'accept4']

/** `CALL(ARGUMENTS) = ANSWER`, as far as it is in the table above. */
const CALL = new RegExp(
  String.raw`^(?:(?:\[pid +\d+\]|\d+) +)?(${Object.keys(CALLS).join('|')})\((\d+)?.*\) += (-1 E[A-Z]+ \([^)]*\)|-?\d+)`,
  'd',
)
const ARGUMENTS: [pattern: RegExp, note: string][] = [
  [/SO_[A-Z]+(?:, \[[^\]]*\])?/dg, 'The option, and its value: `[1]` is on.'],
  [/sin6?_port=htons\(\d+\)/dg, 'The port. (`htons` puts its two bytes into the order of the network.)'],
  [/sin6?_addr=[^()]*\([^)]*\)/dg, 'The address.'],
]

function callNotes(line: string): LineNote[] | undefined {
  const match = CALL.exec(line)
  if (!match) return undefined
  const [, call, , answer] = match
  const said = answer!.startsWith('-1')
    ? 'The answer of the kernel: no, and why.'
    : OPENING.includes(call!)
      ? 'The answer of the kernel: the number of the new file descriptor.'
      : `The answer of the kernel.${answer === '0' ? ' 0 means: done.' : ''}`
  const [name, descriptor, result] = notesWithGaps(match, [
    CALLS[call!]!,
    'The file descriptor: what the process calls this socket.',
    said,
  ])
  const given = ARGUMENTS.flatMap(([pattern, note]) =>
    [...line.matchAll(pattern)].map(({ indices }) => ({ from: indices![0]![0], to: indices![0]![1], note })),
  ).filter(({ to }) => to <= result!.from)
  const own =
    call === 'socket' || call?.startsWith('epoll') ? [name!, result!] : [name!, descriptor!, result!]
  return [...own, ...given].filter(Boolean).sort((a, b) => a.from - b.from)
}

function notesOf(match: RegExpExecArray, notes: readonly string[]): LineNote[] {
  return notesWithGaps(match, notes).filter(note => note !== undefined)
}

/** One for each group that has matched. */
function notesWithGaps({ indices }: RegExpExecArray, notes: readonly string[]): (LineNote | undefined)[] {
  return notes.map((note, index) => {
    const [from, to] = indices![index + 1] ?? []
    return from === undefined || to === undefined ? undefined : { from, to, note }
  })
}

/**
 * Pieces of a line, cut where a note begins or ends, in stretches with one note or none.
 *
 * @param pieces of the line that the notes are of, in its order
 */
export function stretchesOf<P extends { text: string }>(
  pieces: readonly P[],
  notes: readonly LineNote[],
): { note?: string; pieces: P[] }[] {
  const stretches: { note?: string; pieces: P[] }[] = []
  let at = 0
  let last: LineNote | undefined | null = null
  for (const piece of pieces) {
    const end = at + piece.text.length
    const cuts = [
      at,
      ...notes.flatMap(({ from, to }) => [from, to]).filter(cut => cut > at && cut < end),
      end,
    ]
    for (const [index, from] of cuts.slice(0, -1).entries()) {
      const note = notes.find(each => each.from <= from && from < each.to)
      if (note !== last) stretches.push({ ...(note && { note: note.note }), pieces: [] })
      last = note
      stretches.at(-1)!.pieces.push({ ...piece, text: piece.text.slice(from - at, cuts[index + 1]! - at) })
    }
    at = end
  }
  return stretches
}
