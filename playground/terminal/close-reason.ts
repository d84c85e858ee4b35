/** Why something did not work, in one line for the person in front of the page. */

/** What an error code of the system means here, and what to do. */
const MEANINGS: Record<string, string> = {
  ENOSPC: 'the disk is full: make room and try again',
  EDQUOT: 'your share of the disk is used up: make room and try again',
  EROFS: 'the disk is read-only',
  EMFILE: 'too many files are open: close some terminals and try again',
  ENFILE: 'too many files are open on this machine: close some programs and try again',
  EAGAIN: 'too many processes are running: close some and try again',
  ENOMEM: 'there is not enough memory: close some programs and try again',
}

/** Bytes that a close reason has room for (RFC 6455, 5.5.1). */
const LONGEST = 123

/** @returns one line, short enough for a socket's close reason */
export function reasonOf(error: unknown): string {
  const { code, path, message } = error as NodeJS.ErrnoException
  const meaning = code === undefined ? undefined : MEANINGS[code]
  const where = meaning && path ? ` (${path})` : ''
  const reason = meaning ? meaning + where : message || String(error)
  return shorten(reason.split('\n')[0]!)
}

function shorten(text: string): string {
  if (Buffer.byteLength(text) <= LONGEST) return text
  let short = text
  while (Buffer.byteLength(`${short}…`) > LONGEST) short = short.slice(0, -1)
  return `${short}…`
}
