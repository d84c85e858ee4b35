/** The head of an RTP packet: what says whose stream it belongs to, and where in it. */

/** Bytes before the picture or the sound. */
export const HEAD = 12

// #region packet
/** One packet of a stream. The picture or the sound would follow the 12 bytes. */
export function packet(stream: number, number: number): Buffer {
  const bytes = Buffer.alloc(HEAD)
  bytes[0] = 0x80 // Version 2 of RTP.
  bytes[1] = 96 // What the bytes mean: sender and receiver have agreed on it.
  bytes.writeUInt16BE(number, 2)
  bytes.writeUInt32BE(number * 160, 4) // When to play it.
  bytes.writeUInt32BE(stream, 8) // RTP's name for this number is SSRC.
  return bytes
}
// #endregion packet

export function read(bytes: Buffer): { stream: number; number: number } {
  return { number: bytes.readUInt16BE(2), stream: bytes.readUInt32BE(8) }
}
