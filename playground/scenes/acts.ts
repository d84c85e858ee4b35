/** What a reader can do to a scene, and the command that does it: names and numbers come in, a command line goes out. */
import * as v from 'valibot'
import { isScene, LOAD, MODELS, type Model, type Play, RANGES, SCENES, type Scene } from '../format/scene.ts'
import { type Machine, PANES, type Switched } from '../protocol.ts'
import { ActError } from '../workbench/act-error.ts'

const pid = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(4_194_304))
const number = (name: keyof typeof RANGES) =>
  v.pipe(v.number(), v.integer(), v.minValue(RANGES[name].low), v.maxValue(RANGES[name].high))
const flag = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(1))

const play = v.pipe(
  v.strictObject({
    scene: v.pipe(v.string(), v.check(isScene, 'there is no such scene')),
    model: v.picklist(Object.keys(MODELS) as Model[]),
    workers: number('workers'),
    rate: number('rate'),
    connections: number('connections'),
    'keep-alive': number('keep-alive'),
    work: number('work'),
    wait: number('wait'),
  }),
  v.transform(value => value as Play),
  v.check(
    ({ scene, model }) => (SCENES[scene] as Scene).models.includes(model),
    'this scene has no such model',
  ),
)

const act = v.variant('act', [
  v.strictObject({ act: v.picklist(['stop', 'continue', 'end', 'kill']), pid }),
  v.strictObject({ act: v.picklist(['add', 'restart']) }),
  ...LOAD.map(name => v.strictObject({ act: v.literal(name), value: number(name) })),
  v.strictObject({ act: v.picklist(['migrate', 'steer']), value: flag }),
  v.strictObject({
    act: v.literal('backlog'),
    value: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(4096)),
  }),
  /** A terminal that a reader has added. */
  v.strictObject({
    act: v.literal('close'),
    pane: v.pipe(
      v.string(),
      v.check(name => !(PANES as readonly string[]).includes(name), 'this terminal is the scene’s own'),
    ),
  }),
  /** A script of the course, `06-distribution/own.ts`. */
  v.strictObject({ act: v.literal('copy'), script: v.string() }),
])
export type Act = v.InferOutput<typeof act>

/** @throws {ActError} for what is none */
export function parsePlay(value: unknown): Play {
  return parsed(play, value)
}

/** @throws {ActError} for what is none */
export function parseAct(value: unknown): Act {
  return parsed(act, value)
}

function parsed<Out>(schema: v.GenericSchema<unknown, Out>, value: unknown): Out {
  const result = v.safeParse(schema, value)
  if (result.success) return result.output
  const [issue] = result.issues
  throw new ActError(400, `${v.getDotPath(issue) ?? 'this'}: ${issue.message}`.slice(0, 200))
}

/**
 * The command that does it, for a shell in the workspace.
 *
 * @throws {ActError} 409 where this scene, as it is now, has no way to do it
 */
export function commandOf(
  act: Exclude<Act, { act: 'close' | 'copy' }>,
  { model, workers }: Play,
  machine: Machine,
): string {
  switch (act.act) {
    case 'stop':
    case 'continue':
    case 'end':
    case 'kill':
      return `kill -${{ stop: 'STOP', continue: 'CONT', end: 'TERM', kill: 'KILL' }[act.act]} ${ownPid(act.pid, machine)}`
    case 'add':
      return addTo(model, machine)
    case 'restart':
      if (model !== 'supervised')
        throw new ActError(
          409,
          `These workers have no supervisor that could. Where “Shared by” offers “${MODELS.supervised}”, choose that.`,
        )
      return `kill -HUP ${parentOf(machine)}`
    case 'migrate':
      return `sysctl -w net.ipv4.tcp_migrate_req=${act.value}`
    case 'backlog':
      return `sysctl -w net.core.somaxconn=${act.value}`
    case 'steer':
      return act.value === 1 ? `node steer.ts by-source-port ${workers}` : 'node steer.ts detach'
    default:
      return `echo ${act.value} > load/${act.act}`
  }
}

/** What a command has switched that has ended well: nothing, mostly. */
export function switchedBy(command: string): Switched {
  const [, program] = /\bnode steer\.ts (\S+)/.exec(command) ?? []
  const [, backlog] = /\bnet\.core\.somaxconn=(\d+)/.exec(command) ?? []
  return {
    ...(program && { steer: program !== 'detach' }),
    ...(backlog && { backlog: Number(backlog) }),
  }
}

function addTo(model: Model, machine: Machine): string {
  switch (model) {
    case 'one':
      // Where the port is taken it ends at once, and says so; else it goes on.
      return machine.listeners.length > 0 ? 'node one.ts' : 'node one.ts &'
    case 'own':
      return 'node own.ts --workers 1 &'
    case 'supervised':
      return `kill -TTIN ${parentOf(machine)}`
    default:
      throw new ActError(
        409,
        'Only its parent could hand its listener to one more worker, and it does so once. Raise “Workers”: the scene starts over with more.',
      )
  }
}

/** Of a process of the scene: where there is no sandbox, all of the host's would be in reach. */
function ownPid(pid: number, machine: Machine): number {
  const isOurs = machine.processes.some(process => process.pid === pid && isServer(process.title))
  if (!isOurs) throw new ActError(409, `No worker of this scene has the number ${pid} any more.`)
  return pid
}

function isServer(title: string): boolean {
  return title === 'worker' || title === 'parent'
}

function parentOf({ processes }: Machine): number {
  const parent = processes.findLast(({ title }) => title === 'parent')
  if (!parent) throw new ActError(409, 'There is no parent any more: start the scene again.')
  return parent.pid
}

/** One step of setting a scene up: a line in a pane, and what must be so before the next. */
export interface Step {
  pane: (typeof PANES)[number]
  /** Made when it is its turn. */
  line(machine: Machine): string
  /** In words, for when it does not come. */
  wanted: string
  until(machine: Machine): boolean
}

export const PORT = 8080
/** Connections that wait when the stalled worker is killed. */
const WAITING = 8

/** How a scene is set up. Every line is one that a reader could type. */
export function stepsOf(play: Play): Step[] {
  const { scene, model, workers } = play
  const load: Step = {
    pane: 'load',
    line: () => ['node load.ts', ...LOAD.map(name => `--${name} ${play[name]}`)].join(' '),
    wanted: 'the first connections',
    until: ({ counters }) => play.rate === 0 || counters.accepted > 0,
  }
  const server: Step = {
    pane: 'server',
    line: () => (model === 'one' ? 'node one.ts' : `node ${model}.ts --workers ${workers}`),
    wanted: 'a listener for each worker, or one that all hold',
    until: machine => isServing(play, machine),
  }
  const tool = (line: Step['line'], wanted: string, until: Step['until']): Step => ({
    pane: 'tools',
    line,
    wanted,
    until,
  })
  const stop = tool(
    machine => `kill -STOP ${firstWorker(machine)}`,
    'a worker that stands still',
    ({ processes }) => processes.some(({ state }) => state === 'T'),
  )
  switch (scene) {
    case 'taken':
      return [
        server,
        load,
        tool(
          () => 'node one.ts',
          'nothing more',
          () => true,
        ),
      ]
    case 'stalled':
      return [server, load, stop]
    case 'killed':
      return [
        server,
        load,
        {
          ...stop,
          wanted: `${WAITING} connections in its queue`,
          until: machine => waitingForStopped(machine) >= WAITING,
        },
        tool(
          machine => `kill -KILL ${stoppedWorker(machine)}`,
          'its end',
          ({ processes }) => !processes.some(({ state, title }) => state === 'T' && title === 'worker'),
        ),
      ]
    case 'restart':
      return [
        server,
        load,
        tool(
          machine => `kill -HUP ${parentOf(machine)}`,
          'nothing more',
          () => true,
        ),
      ]
    case 'addresses':
      return [
        server,
        tool(
          () => `node own.ts --host 0.0.0.0 --workers ${workers} &`,
          'a second group',
          ({ listeners }) => listeners.filter(({ address }) => address === '0.0.0.0').length >= workers,
        ),
        load,
      ]
    case 'forgotten':
      return [
        tool(
          () => 'node own.ts --workers 1 &',
          'a first server',
          ({ listeners }) => listeners.length > 0,
        ),
        { ...server, until: ({ listeners }) => listeners.length > workers },
        load,
      ]
    case 'steered':
      return [
        server,
        tool(
          () => `node steer.ts by-source-port ${workers}`,
          'nothing more',
          () => true,
        ),
        load,
      ]
    default:
      return [server, load]
  }
}

function isServing({ model, workers }: Play, { listeners }: Machine): boolean {
  const ours = listeners.filter(({ port }) => port === PORT)
  if (model === 'own' || model === 'supervised') return ours.length >= workers
  if (model === 'shared' || model === 'mistake') return ours.some(({ owners }) => owners.length >= workers)
  return ours.length > 0
}

function firstWorker({ processes }: Machine): number {
  const worker = processes.find(({ title }) => title === 'worker')
  if (!worker) throw new ActError(409, 'There is no worker.')
  return worker.pid
}

function stoppedWorker({ processes }: Machine): number {
  const worker = processes.find(({ title, state }) => title === 'worker' && state === 'T')
  if (!worker) throw new ActError(409, 'No worker stands still any more.')
  return worker.pid
}

/** Connections in the queue of a worker that stands still. */
function waitingForStopped({ listeners, processes }: Machine): number {
  const stopped = new Set(processes.filter(({ state }) => state === 'T').map(({ pid }) => pid))
  return Math.max(
    0,
    ...listeners.filter(({ owners }) => owners.some(({ pid }) => stopped.has(pid))).map(({ queue }) => queue),
  )
}
