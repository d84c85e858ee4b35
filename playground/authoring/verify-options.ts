/** What may stand on the command line after `npm run verify --`. */
import { parseArgs } from 'node:util'
import type { Lang } from '../format/transcript.ts'
import type { SandboxKind } from '../sandbox/kind.ts'
import { StartError } from '../start-error.ts'

const REPORTERS = ['default', 'github', 'junit', 'json'] as const
const KINDS = ['bwrap', 'unshare', 'none'] as const
const LANGUAGES = ['ts', 'py'] as const
const MOST_REPEATS = 1000

export const VERIFY_USAGE = `npm run verify -- [options] [PAGES]
  PAGES            Markdown pages anywhere on disk, folders of them, or globs; none: all lessons.
                   PAGE.md:LINE runs the page up to the fence or check that begins in this line, or last above it
  --lessons DIR    all lessons of somebody else's folder, with its course.yaml
  --update         write what commands print into the pages, where they expect something else
  --watch          on saving, what it concerns runs again; Ctrl-C ends it
  --lang LANG      ts or py: pages in both languages in this one only
  --show           what the commands printed, and the machine at each check and at the end
  --repeat N       each page N times, up to ${MOST_REPEATS}
  --busy           with as many programs beside it as there are processors, that compute without end
  --sandbox KIND   bwrap, unshare or none: where what starts here is weaker, nothing runs; bwrap where CI is set and it
                   is installed
  --reporter NAME  default: text; github: text and annotations; junit: XML; json: one object. It may be given several
                   times; NAME=FILE writes a report into a file
  --output FILE    the file of the one junit or json report that names none
  --slow FACTOR    for an emulated machine: one page after another, FACTOR times as long for everything, and no bound on
                   time is judged
  --strict         a tool that is missing is a failure; so it is where CI is set, but with --no-strict
  --help           print this
It ends with 0 if all is true, with 1 if something is not, with 2 if a page cannot be run.`

export interface Reporter {
  name: (typeof REPORTERS)[number]
  /** Undefined: standard output. */
  output?: string
}

export interface VerifyOptions {
  /** As they were given: paths, globs, `PAGE.md:LINE`. */
  pages: string[]
  /** Somebody else's folder, whole, as it was given. */
  lessons: string | undefined
  update: boolean
  watch: boolean
  /** One at most writes to standard output. */
  reporters: Reporter[]
  /** A transcript that is skipped for a missing tool is a failure. @default whether `CI` is set */
  strict: boolean
  /** Undefined: all that a page has. */
  lang: Lang | undefined
  /** The weakest that will do; undefined: what there is. */
  sandbox: SandboxKind | undefined
  /** Nobody looks on: what would prove less than it seems to is refused. */
  ci: boolean
  repeat: number
  busy: boolean
  show: boolean
  /** How many times as long everything may take, up to 100; undefined: as long as the pages say. */
  slow: number | undefined
  help: boolean
}

const OPTIONS = {
  lessons: { type: 'string' },
  update: { type: 'boolean' },
  watch: { type: 'boolean' },
  lang: { type: 'string' },
  show: { type: 'boolean' },
  repeat: { type: 'string', default: '1' },
  busy: { type: 'boolean' },
  sandbox: { type: 'string' },
  reporter: { type: 'string', multiple: true },
  output: { type: 'string' },
  slow: { type: 'string' },
  strict: { type: 'boolean' },
  'no-strict': { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const

/** @throws {StartError} in one line */
export function parseVerifyOptions(args: string[], env: NodeJS.ProcessEnv = process.env): VerifyOptions {
  const { values, positionals, tokens } = parseArgs({
    args,
    options: OPTIONS,
    strict: false,
    allowPositionals: true,
    tokens: true,
  })
  for (const token of tokens) {
    if (token.kind !== 'option') continue
    const { name, rawName, value } = token
    if (!Object.hasOwn(OPTIONS, name)) fail(`unknown option ${rawName}`)
    const { type } = OPTIONS[name as keyof typeof OPTIONS]
    if (type === 'boolean' && value !== undefined) fail(`${rawName} takes no value`)
    if (type === 'string' && !value) fail(`${rawName} needs a value`)
  }
  const text = (name: keyof typeof OPTIONS) => values[name] as string | undefined
  const slow = text('slow') === undefined ? undefined : Number(text('slow'))
  if (slow !== undefined && !(slow > 1 && slow <= 100))
    fail('--slow takes a factor above 1, up to 100, such as 10')
  const repeat = Number(text('repeat'))
  if (!Number.isInteger(repeat) || repeat < 1 || repeat > MOST_REPEATS)
    fail(`--repeat takes a whole number from 1 to ${MOST_REPEATS}`)
  if (values.update === true && slow !== undefined)
    fail('--update writes what is true at full speed: leave out --slow')
  if (values.watch === true) {
    const other = ['update', 'busy', 'reporter', 'output'].find(name => Object.hasOwn(values, name))
    if (other || repeat > 1)
      fail(`--watch shows on the terminal what has changed: leave out --${other ?? 'repeat'}`)
  }
  const lang = oneOf(LANGUAGES, '--lang', text('lang'))
  if (values.update === true && lang)
    fail('--update writes what is true in all languages of a page: leave out --lang')
  const ci = isCI(env)
  return {
    pages: positionals,
    lessons: text('lessons'),
    update: values.update === true,
    watch: values.watch === true,
    reporters: parseReporters(values.reporter as string[] | undefined, text('output')),
    strict: values['no-strict'] !== true && (values.strict === true || ci),
    lang,
    sandbox: oneOf(KINDS, '--sandbox', text('sandbox')),
    ci,
    repeat,
    busy: values.busy === true,
    show: values.show === true,
    slow,
    help: values.help === true,
  }
}

function parseReporters(given: string[] = ['default'], output: string | undefined): Reporter[] {
  const reporters = given.map((word): Reporter => {
    const [, written = '', file] = /^([^=]*)(?:=(.*))?$/s.exec(word) ?? []
    const name = REPORTERS.find(name => name === written)
    if (!name) return fail(`there is no reporter ${written}: use ${REPORTERS.join(', ')}`)
    if (file === undefined) return { name }
    if (file === '') fail(`--reporter ${name}= names no file`)
    if (!isFile(name)) fail(`--reporter ${name} writes to the terminal: leave out =${file}`)
    return { name, output: file }
  })
  const open = reporters.filter(({ name, output }) => isFile(name) && output === undefined)
  if (output !== undefined) {
    if (open.length !== 1)
      fail('--output is for a report: give --reporter junit or --reporter json, too, or --reporter NAME=FILE')
    open[0]!.output = output
  }
  const [first, second] = reporters.filter(({ output }) => output === undefined)
  if (second && (isFile(first!.name) || isFile(second.name))) {
    const one = isFile(first!.name) ? first! : second
    fail(`two reporters would write to standard output: give one of them a file, --reporter ${one.name}=FILE`)
  }
  return reporters
}

function isFile(name: Reporter['name']): boolean {
  return name === 'junit' || name === 'json'
}

function oneOf<const Word extends string>(
  words: readonly Word[],
  option: string,
  given: string | undefined,
): Word | undefined {
  if (given === undefined) return undefined
  return words.find(word => word === given) ?? fail(`${option} takes ${words.join(', ')}, not ${given}`)
}

function fail(what: string): never {
  throw new StartError(`${what}; npm run verify -- --help lists the options`)
}

/** As most programs read the variable. */
function isCI({ CI = '' }: NodeJS.ProcessEnv): boolean {
  return !['', '0', 'false'].includes(CI.toLowerCase())
}
