/** A world of the playground: a workbench in which a scene runs, and what a reader does to it. */
import { existsSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { listCourseScripts, withImports } from '../course/scripts.ts'
import { linkTo, type Play } from '../format/scene.ts'
import type { Machine, SceneState, Switched } from '../protocol.ts'
import type { Pane } from '../terminal/pane.ts'
import { ActError } from '../workbench/act-error.ts'
import type { Setup } from '../workbench/seat.ts'
import { listScripts, type ShippedFile } from '../workbench/shipped-files.ts'
import { createWorkbench, type Place, type Workbench } from '../workbench/workbench.ts'
import { commandOf, parseAct, parsePlay, type Step, stepsOf, switchedBy } from './acts.ts'
import { packScene } from './archive.ts'
import { whenGroupCloses } from './group.ts'
import { createJournal } from './journal.ts'
import { createReportReader } from './load-report.ts'
import { transcriptOf } from './transcript-of.ts'

/** Two sandboxes, to be looked at side by side. */
const WORLDS = ['world-a', 'world-b']
/** What the course has of a scene's programs; the playground's own come last, and have their names from there. */
const SHARED_SCRIPTS: [lesson: string, files: string[]][] = [
  ['04-fork-workers', ['own.ts', 'shared.ts', 'mistake.ts', 'cluster.ts']],
  ['10-restart', ['supervisor.ts']],
  ['18-steering', ['steer.ts', 'group.ts']],
]
/** For a step of a scene to show in the machine, and for a command to be done. Milliseconds. */
const PATIENCE_MS = 30_000
/** For a short command of the reader's to end, before a terminal counts as busy. Milliseconds. */
const BREATH_MS = 1000
const LOOK_EVERY_MS = 25

/** @returns undefined for a name that is no world's */
export function worldSetup(root: string, name: string): Setup | undefined {
  if (!WORLDS.includes(name) || !existsSync(path.join(root, 'lessons/playground'))) return undefined
  const files = () => listWorldFiles(root)
  const course = path.join(root, 'lessons')
  return { files, open: async place => createWorld({ ...place, course, files: await files() }) }
}

async function listWorldFiles(root: string): Promise<ShippedFile[]> {
  const lessons = path.join(root, 'lessons')
  const shared = SHARED_SCRIPTS.map(async ([lesson, names]) => {
    const files = await listScripts(path.join(lessons, lesson))
    return files.filter(({ file }) => names.includes(file))
  })
  return (await Promise.all([...shared, listScripts(path.join(lessons, 'playground'))])).flat()
}

interface WorldOptions extends Place {
  files: readonly ShippedFile[]
  /** Folder of the course's scripts. */
  course: string
}

/** @throws Error with one line */
export async function createWorld(options: WorldOptions): Promise<Workbench> {
  const journal = createJournal()
  const workbench = await createWorkbench({
    ...options,
    requires: ['node', 'sandbox'],
    onPane(pane) {
      journal.follow(pane)
      followSwitches(pane)
      if (pane.name === 'load') listenToLoad(pane)
    },
  })
  const { machine } = workbench
  let play: Play | undefined
  let scene: SceneState | undefined
  let latest: Promise<void> = Promise.resolve()
  let closed = false
  let unwatch = () => {}
  void workbench.sandbox.ended.then(() => {
    closed = true
    say({ state: 'ended' })
  })
  return {
    ...workbench,
    /** One after another, as they were asked for. */
    act(request) {
      const done = latest.then(() => act(request))
      latest = done.catch(() => {})
      return done
    },
    transcript,
    async archive() {
      if (!play) throw new ActError(409, 'No scene runs here yet.')
      return packScene(options.workspace, play, journal.moments(), await transcript())
    },
  }

  async function transcript(): Promise<string> {
    const { processes } = await machine.read()
    return transcriptOf(journal.moments(), new Set(processes.map(({ pid }) => pid)))
  }

  function listenToLoad(pane: Pane): void {
    const decoder = new TextDecoder()
    const read = createReportReader(load => workbench.publish({ type: 'load', load }))
    pane.listen(event => {
      if (event.kind === 'output') read(decoder.decode(event.bytes, { stream: true }))
    })
  }

  /** By a click or by hand: both are commands in a terminal. */
  function followSwitches(pane: Pane): void {
    let typed = ''
    pane.listen(event => {
      if (event.kind === 'command') typed = event.text
      if (event.kind !== 'end' || event.status !== 0) return
      const switched = switchedBy(typed)
      if (scene && Object.keys(switched).length > 0) sayOf(scene, switched)
      if (!switched.steer) return
      unwatch()
      unwatch = whenGroupCloses(machine, () => scene && sayOf(scene, { steer: false }))
    })
  }

  function sayOf(scene: SceneState, switched: Switched): void {
    say({ ...scene, switched: { ...scene.switched, ...switched } })
  }

  function say(news: SceneState): void {
    scene = { switched: scene?.switched, ...news, ...(play && { link: linkTo(play) }) }
    workbench.publish({ type: 'scene', scene })
  }

  async function act(request: unknown): Promise<void> {
    if (isPlay(request)) {
      if (play) throw new ActError(409, 'A scene runs here already: start over for another.')
      play = parsePlay(request.play)
      await start(play)
      return
    }
    const wanted = parseAct(request)
    if (wanted.act === 'close') return workbench.closePane(wanted.pane)
    if (wanted.act === 'copy') return type('tools', copyCommand(wanted.script))
    if (!play) throw new ActError(409, 'No scene runs here yet.')
    await type('tools', commandOf(wanted, play, await machine.read()))
  }

  /** It stays beside what it imports, in a folder named as its lesson's: the scene has scripts of the same names. */
  function copyCommand(script: string): string {
    if (!listCourseScripts(options.course).includes(script))
      throw new ActError(409, 'The course has no such script any more: reload the page.')
    const [lesson, file] = script.split('/') as [string, string]
    const files = withImports(path.join(options.course, lesson), file)
    const from = wordOf(path.join(workbench.sandbox.course ?? '', lesson))
    const names = files.length > 1 ? `{${files.join(',')}}` : file
    return `mkdir -p ${lesson}; cp ${from}/${names} ${lesson}`
  }

  async function start(play: Play): Promise<void> {
    say({ state: 'starting' })
    try {
      for (const step of stepsOf(play)) await take(step)
      say({ state: 'running' })
    } catch (error) {
      say({ state: 'failed', why: (error as Error).message })
      throw error
    }
  }

  async function take({ pane, line, wanted, until }: Step): Promise<void> {
    const command = line(await machine.read())
    await type(pane, command)
    await comes(until, `\`${command}\` was typed, and ${wanted} did not come within ${PATIENCE_MS / 1000} s.`)
  }

  /** A program that goes on in this pane is the reader's: nothing is typed into it. */
  async function type(name: string, command: string): Promise<void> {
    const pane: Pane = await workbench.pane(name)
    const isIdle = () => pane.state === 'idle'
    await comes(isIdle, `A program runs in the terminal “${name}”: end it with Ctrl-C first.`, BREATH_MS)
    pane.type(command)
    // What goes on has begun; what ends has ended.
    if (name === 'tools') await comes(isIdle, `\`${command}\` does not end within ${PATIENCE_MS / 1000} s.`)
  }

  async function comes(
    is: (machine: Machine) => boolean,
    otherwise: string,
    patience = PATIENCE_MS,
  ): Promise<void> {
    const until = performance.now() + patience
    while (!is(await machine.read())) {
      if (closed) throw new ActError(409, 'The sandbox has ended: start the scene again.')
      if (performance.now() > until) throw new ActError(409, otherwise)
      await delay(LOOK_EVERY_MS)
    }
  }
}

function isPlay(request: unknown): request is { play: unknown } {
  return typeof request === 'object' && request !== null && Object.hasOwn(request, 'play')
}

/** For a shell. */
function wordOf(text: string): string {
  return /^[\w./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
}
