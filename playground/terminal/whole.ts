/** Where output may be cut: between characters and sequences. Pure. */

const ESC = 0x1b
/** From its ESC on, a sequence that has not ended; a string goes on to BEL or ESC \, as its kind is. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: start sequences are made of them
const UNFINISHED = /^\x1b(?:\[[\x20-\x3f]*|\][^\x07\x18\x1a]*|[PX^_][^\x18\x1a]*|[\x20-\x2f]*)$/

/** @returns how many of the bytes come before a character or a sequence that they do not finish */
export function wholeLength(bytes: Buffer): number {
  const start = bytes.lastIndexOf(ESC)
  if (start !== -1 && UNFINISHED.test(bytes.toString('latin1', start))) {
    // An ESC alone may be the first half of what ends a string.
    const before = start === bytes.length - 1 ? wholeLength(bytes.subarray(0, start)) : start
    return bytes[before] === ESC ? before : start
  }
  return bytes.length - unfinishedCharacter(bytes)
}

/** Bytes of a UTF-8 character that lacks its last ones. */
function unfinishedCharacter(bytes: Buffer): number {
  for (let length = 1; length <= Math.min(3, bytes.length); length++) {
    const byte = bytes[bytes.length - length]!
    if (byte < 0x80) return 0
    if (byte < 0xc0) continue
    const needed = byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : byte < 0xf8 ? 4 : 0
    return length < needed ? length : 0
  }
  return 0
}
