import type { PlaceholderType } from '../../../playground/format/placeholder.ts'

/** What a value is: in a word where it stands, and in a sentence. */
export const KINDS: Record<PlaceholderType, { word: string; what: string }> = {
  pid: { word: 'pid', what: 'a process id' },
  int: { word: 'number', what: 'a whole number' },
  port: { word: 'port', what: 'a port number' },
  ms: { word: 'number', what: 'a number of milliseconds' },
  float: { word: 'number', what: 'a number' },
  time: { word: 'time', what: 'a time of day' },
  ip: { word: 'address', what: 'an IP address' },
  path: { word: 'path', what: 'a path' },
  hex: { word: 'hex', what: 'a hexadecimal number' },
  word: { word: 'word', what: 'a word' },
}
