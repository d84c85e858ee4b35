/** One line of expected output. */
export type Pattern =
  /** A lone `...`: any lines, also none. */
  { line: number; source: '...'; rest: true } | { line: number; source: string; rest: false; parts: Part[] }

/** Literal text, or what stands for a value. */
export type Part = string | Placeholder

export type PlaceholderType =
  | 'pid'
  | 'int'
  | 'port'
  | 'ms'
  | 'float'
  | 'time'
  | 'ip'
  | 'path'
  | 'hex'
  | 'word'

/** `<name:type>`, `<name>`, `<LOW..HIGH>`, `<name:LOW..HIGH>`, `<_:type>`. */
export interface Placeholder {
  /** As written, with its brackets. */
  source: string
  /** Undefined for `_` and for a bare range. */
  name?: string
  /** Undefined where the name was bound before, or a range is given. */
  type?: PlaceholderType
  /** Inclusive. */
  range?: { low: number; high: number }
}

/** What names stand for: `a` → `1234`. */
export type Bindings = Readonly<Record<string, string>>
