/** What may stand on the command line after `npm run docs --`. */
import { parseArgs } from 'node:util'
import { StartError } from '../start-error.ts'

export interface Options {
  /** @default 5173; 0: any free one */
  port: number
  /** @default '127.0.0.1' */
  host: '127.0.0.1' | '::1'
  /** Open the browser. @default false */
  open: boolean
  /** Serve `.vitepress/dist` as it was built, without VitePress. @default false */
  built: boolean
  /** Replace the key; links and pages with the old one stop working. @default false */
  newKey: boolean
  /** Somebody else's folder of lessons, as it was given; undefined: ours. */
  lessons: string | undefined
  /** Ours stand behind them. @default false */
  withOurs: boolean
  /** Lessons that may have a sandbox at the same time. @default 12 */
  sandboxes: number
  /** Minutes after which a lesson that no page shows loses its sandbox. @default 30 */
  idle: number
  /** MiB that the programs of one lesson may take together. @default 1024 */
  memory: number
  /** Processes, with their threads, that one lesson may have at a time. @default 1024 */
  processes: number
  /** Print `USAGE` and end. @default false */
  help: boolean
}

export const USAGE = `npm run docs -- [options]
  --port N     listen on port N (5173); if it is taken, on the next free one; 0: any free one
  --open       open the browser
  --built      serve the site that npm run build has left, instead of the sources
  --new-key    make a new key; links with the old one stop working
  --host HOST  127.0.0.1 (default), localhost or ::1
  --lessons DIR  a folder of lessons, in place of ours; it is trusted: its pages and checks run as your own programs
  --with-ours  ours as well, behind them
  --sandboxes N  at the same time, one for each lesson that is open (12)
  --idle MIN   minutes until the sandbox of a lesson that no page shows is closed (30)
  --memory MIB what the programs of one lesson may take together (1024)
  --processes N  processes and threads of one lesson at a time (1024)
  --help       print this`

/** @throws {StartError} in one line */
export function parseOptions(args: readonly string[]): Options {
  const { values, tokens } = parseArgs({ args: [...args], options: OPTIONS, strict: false, tokens: true })
  for (const token of tokens) checkToken(token)
  return {
    port: parsePort(values.port as string),
    host: parseHost(values.host as string),
    open: values.open === true,
    built: values.built === true,
    newKey: values['new-key'] === true,
    lessons: parseLessons(values.lessons as string | undefined, values['with-ours'] === true),
    withOurs: values['with-ours'] === true,
    sandboxes: parseCount('--sandboxes', values.sandboxes as string, 1, 1000),
    idle: parseCount('--idle', values.idle as string, 1, 10_080),
    memory: parseCount('--memory', values.memory as string, 128, 1_000_000),
    processes: parseCount('--processes', values.processes as string, 64, 100_000),
    help: values.help === true,
  }
}

const OPTIONS = {
  port: { type: 'string', default: '5173' },
  host: { type: 'string', default: '127.0.0.1' },
  open: { type: 'boolean' },
  built: { type: 'boolean' },
  'new-key': { type: 'boolean' },
  lessons: { type: 'string' },
  'with-ours': { type: 'boolean' },
  sandboxes: { type: 'string', default: '12' },
  idle: { type: 'string', default: '30' },
  memory: { type: 'string', default: '1024' },
  processes: { type: 'string', default: '1024' },
  help: { type: 'boolean', short: 'h' },
} as const

type Token = NonNullable<ReturnType<typeof parseArgs>['tokens']>[number]

/** `parseArgs` is strict too, but says it in three sentences. */
function checkToken(token: Token): void {
  if (token.kind === 'positional') fail(`unexpected ${JSON.stringify(token.value)}`)
  if (token.kind !== 'option') return
  const option = Object.hasOwn(OPTIONS, token.name) ? OPTIONS[token.name as keyof typeof OPTIONS] : undefined
  if (!option) fail(`unknown option ${token.rawName}`)
  if (option.type === 'boolean' && token.value !== undefined) fail(`${token.rawName} takes no value`)
  if (option.type === 'string' && token.value === undefined) fail(`${token.rawName} needs a value`)
}

function parseLessons(folder: string | undefined, withOurs: boolean): string | undefined {
  if (folder === undefined && withOurs) fail('--with-ours goes with --lessons DIR')
  if (folder !== undefined && /^\d+$/.test(folder))
    fail(
      `--lessons ${folder} is refused: it takes a folder; how many sandboxes there may be is --sandboxes N`,
    )
  return folder
}

function parsePort(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN
  return port <= 65_535 ? port : fail(`--port ${text} is not a port; give a number from 0 to 65535`)
}

function parseCount(option: string, text: string, least: number, most: number): number {
  const count = /^\d{1,6}$/.test(text) ? Number(text) : Number.NaN
  return count >= least && count <= most
    ? count
    : fail(`${option} ${text} is refused; give a whole number from ${least} to ${most}`)
}

function parseHost(text: string): Options['host'] {
  if (text === '127.0.0.1' || text === 'localhost') return '127.0.0.1'
  if (text === '::1' || text === '[::1]') return '::1'
  throw new StartError(
    `--host ${text} is refused: whoever reached it would share one seat and its shells; ` +
      'from elsewhere use a tunnel: ssh -L 5173:127.0.0.1:5173 THIS-MACHINE',
  )
}

function fail(what: string): never {
  throw new StartError(`${what}; npm run docs -- --help lists the options`)
}
