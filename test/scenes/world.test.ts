/** Scenes in real sandboxes: each gets to where it is to be, and the kernel says so. */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, type TestContext, test } from 'vitest'
import { type Play, SCENES, type SceneName, usualPlay } from '../../playground/format/scene.ts'
import type { Machine } from '../../playground/protocol.ts'
import { worldSetup } from '../../playground/scenes/world.ts'
import type { Workbench } from '../../playground/workbench/workbench.ts'
import { needsProgram, needsSandbox } from '../harness/needs.ts'

const root = path.join(import.meta.dirname, '../..')
let base: string
let world: Workbench | undefined
beforeEach(async () => {
  base = await mkdtemp(path.join(os.tmpdir(), 'playground-test-'))
})
afterEach(async () => {
  await world?.close()
  world = undefined
  await rm(base, { recursive: true, force: true })
})

async function play(context: TestContext, scene: SceneName, more: Partial<Play> = {}): Promise<void> {
  needsProgram(context, 'ss')
  await needsSandbox(context)
  world = await worldSetup(root, 'world-a')!.open({ workspace: path.join(base, 'world-a') })
  await world.act!({ play: { ...usualPlay(scene), ...more } })
}

const look = (): Promise<Machine> => world!.machine.read()
const act = (request: object) => world!.act!(request)
const listenersOf = async () =>
  (await look()).listeners.map(({ address, owners }) => [address, owners.length])
const workers = async (state = /./) =>
  (await look()).processes.filter(process => process.title === 'worker' && state.test(process.state))

describe('each scene gets to where it is to be', () => {
  const ONE = '127.0.0.1'
  const each = (count: number, owners = 1, address = ONE) =>
    Array.from({ length: count }, () => [address, owners])
  test.for<[SceneName, listeners: unknown]>([
    ['one', each(1)],
    ['taken', each(1)],
    ['shared', each(1, 4)],
    ['mistake', each(1, 4)],
    ['own', each(4)],
    ['cluster', each(1)],
    ['addresses', [...each(2, 1, '0.0.0.0'), ...each(2)]],
    ['forgotten', each(5)],
    ['steered', each(4)],
  ])('%s', async ([scene, listeners], context) => {
    if (scene === 'steered') needsProgram(context, 'node')
    await play(context, scene)
    await expect.poll(listenersOf).toEqual(listeners)
    await expect.poll(async () => (await look()).counters.accepted).toBeGreaterThan(10)
  })

  test('stalled: a worker stands still, and connections wait for it', async context => {
    await play(context, 'stalled')
    const [stopped] = await workers(/T/)
    await expect.poll(async () => queueOf(stopped!.pid)).toBeGreaterThan(3)
    await act({ act: 'continue', pid: stopped!.pid })
    // A busy machine does not keep up with the load.
    await act({ act: 'rate', value: 0 })
    await expect.poll(async () => queueOf(stopped!.pid)).toBe(0)
  })

  test('killed: what waited is reset; with tcp_migrate_req it is moved', async context => {
    await play(context, 'killed')
    await expect.poll(async () => (await look()).counters.resets).toBeGreaterThan(3)
    expect((await look()).counters.migrated).toBe(0)
    expect(await workers()).toHaveLength(3)
  })

  test('restart: others answer, on as many listeners', async context => {
    await play(context, 'own', { model: 'supervised' })
    const before = new Set((await workers()).map(({ pid }) => pid))
    await act({ act: 'restart' })
    const fresh = async () => (await workers()).filter(({ pid }) => !before.has(pid)).length
    await expect.poll(fresh).toBe(4)
    await expect.poll(listenersOf).toHaveLength(4)
  })
})

test('a click while a short command of the reader ends comes after it; where a program goes on it is refused', async context => {
  await play(context, 'own')
  const tools = await world!.pane('tools')
  tools.type('sleep 0.3; echo "done: $?"')
  await act({ act: 'rate', value: 7 })
  expect(await readFile(path.join(base, 'world-a/load/rate'), 'utf8')).toBe('7\n')
  tools.type('sleep 1000')
  await expect(act({ act: 'rate', value: 8 })).rejects.toThrow('A program runs in the terminal “tools”')
})

async function queueOf(pid: number): Promise<number> {
  const { listeners } = await look()
  return listeners.find(({ owners }) => owners.some(owner => owner.pid === pid))!.queue
}

test('every scene names its models, and a usual play that is one', () => {
  for (const scene of Object.keys(SCENES) as SceneName[])
    expect(SCENES[scene].models).toContain(usualPlay(scene).model)
})
