/** What may stand on the command line after `npm run verify --`. */
import { parseArgs } from 'node:util'
import { StartError } from '../start-error.ts'

const REPORTERS = ['default', 'github', 'junit', 'json'] as const

export const VERIFY_USAGE = `npm run verify -- [options] [FILES]
  FILES            Markdown pages anywhere on disk; none: all lessons
  --update         write what commands print into the pages, where they expect something else
  --reporter NAME  default: text; github: text and annotations; junit: XML; json: one object
  --output FILE    write the junit or json report there, and text to the terminal
  --strict         a tool that is missing is a failure; so it is where CI is set, but with --no-strict
  --help           print this
It ends with 0 if all is true, with 1 if something is not, with 2 if a page cannot be run.`

export interface VerifyOptions {
  files: string[]
  update: boolean
  reporter: (typeof REPORTERS)[number]
  /** Undefined: standard output. */
  output: string | undefined
  /** A transcript that is skipped for a missing tool is a failure. @default whether `CI` is set */
  strict: boolean
  help: boolean
}

/** @throws {StartError} in one line */
export function parseVerifyOptions(args: string[], env: NodeJS.ProcessEnv = process.env): VerifyOptions {
  const options = {
    update: { type: 'boolean' },
    reporter: { type: 'string' },
    output: { type: 'string' },
    strict: { type: 'boolean' },
    'no-strict': { type: 'boolean' },
    help: { type: 'boolean', short: 'h' },
  } as const
  const fail = (what: string): never => {
    throw new StartError(`${what}; npm run verify -- --help lists the options`)
  }
  const { values, positionals, tokens } = parseArgs({
    args,
    options,
    strict: false,
    allowPositionals: true,
    tokens: true,
  })
  for (const token of tokens) {
    if (token.kind !== 'option') continue
    const { name, rawName, value } = token
    if (!Object.hasOwn(options, name)) fail(`unknown option ${rawName}`)
    const { type } = options[name as keyof typeof options]
    if (type === 'boolean' && value !== undefined) fail(`${rawName} takes no value`)
    if (type === 'string' && !value) fail(`${rawName} needs a value`)
  }
  const reporter = REPORTERS.find(name => name === (values.reporter ?? 'default'))
  if (!reporter) return fail(`there is no reporter ${values.reporter}: use ${REPORTERS.join(', ')}`)
  const output = values.output as string | undefined
  if (output !== undefined && reporter !== 'junit' && reporter !== 'json')
    return fail('--output is for a report: give --reporter junit or --reporter json, too')
  const strict = values['no-strict'] !== true && (values.strict === true || isCI(env))
  return {
    files: positionals,
    update: values.update === true,
    reporter,
    output,
    strict,
    help: values.help === true,
  }
}

/** As most programs read the variable. */
function isCI({ CI = '' }: NodeJS.ProcessEnv): boolean {
  return !['', '0', 'false'].includes(CI.toLowerCase())
}
