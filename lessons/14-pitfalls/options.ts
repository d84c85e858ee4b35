/** Reads the options of a script: one that it cannot use is one line, and exit status 2. All lessons have this file. */
import path from 'node:path'
import { parseArgs } from 'node:util'

interface Option<Value> {
  /** What holds without it. */
  value: Value
  takes: string
  /** Undefined for a text that it does not take. */
  parse: (text: string) => Value | undefined
}
type Given = string | boolean | Option<unknown>
type ValueOf<One> = One extends Option<infer Value> ? Value : One extends string ? string : boolean
type ValuesOf<All> = { [Name in keyof All]: ValueOf<All[Name]> }

/**
 * `fromPort: wholeNumber(0, 0, 65535)` is `--from-port`, and 0 without it. A text is what holds without the option. False or
 * true is a switch, and `--no-` turns it off. `words` is what is no option.
 */
export function readOptions<All extends Record<string, Given>>(all: All, allowPositionals = false) {
  const options: Record<string, { type: 'boolean' | 'string' }> = {}
  for (const [name, given] of Object.entries(all))
    options[written(name)] = { type: typeof given === 'boolean' ? 'boolean' : 'string' }
  try {
    const { values, positionals } = parseArgs({ options, allowPositionals, allowNegative: true })
    const read = Object.entries(all).map(([name, given]) => [name, readOne(written(name), given, values)])
    return { ...(Object.fromEntries(read) as ValuesOf<All>), words: positionals }
  } catch (error) {
    stop(error, 2)
  }
}

function written(name: string): string {
  return name.replace(/[A-Z]/g, letter => `-${letter.toLowerCase()}`)
}

function readOne(name: string, given: Given, { [name]: text }: Record<string, unknown>): unknown {
  if (typeof given !== 'object') return text ?? given
  if (text === undefined) return given.value
  const value = given.parse(`${text}`)
  if (value === undefined) throw new RangeError(`--${name} takes ${given.takes}, not '${text}'`)
  return value
}

/** A whole number from `low` to `high`. */
export function wholeNumber<Default>(value: Default, low: number, high: number): Option<Default | number> {
  const takes = `a whole number from ${low} to ${high}`
  const fits = (text: string) => /^\d+$/.test(text) && Number(text) >= low && Number(text) <= high
  return { value, takes, parse: text => (fits(text) ? Number(text) : undefined) }
}

/** One of these texts; the first one without the option. */
export function oneOf<Text extends string>(...texts: [Text, ...Text[]]): Option<Text> {
  return { value: texts[0], takes: texts.join(', '), parse: text => texts.find(one => one === text) }
}

/** Says in one line why the script ends. */
export function stop(error: unknown, status = 1): never {
  const message = (error as Error).message.replaceAll('\n', ' ')
  console.error(`${path.basename(process.argv[1]!)}: ${message}`)
  process.exit(status)
}
