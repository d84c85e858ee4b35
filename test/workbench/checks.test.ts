import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { readPages } from '../../playground/authoring/pages.ts'
import { problemText } from '../../playground/authoring/report-text.ts'
import { verifyPage } from '../../playground/authoring/runs.ts'
import type { Machine } from '../../playground/protocol.ts'
import { type Checks, createCheckStates, functionOf, openChecks } from '../../playground/workbench/checks.ts'
import { needsProgram, needsSandbox } from '../harness/needs.ts'

let base: string
let folder: string
beforeAll(async () => {
  base = await mkdtemp(path.join(os.tmpdir(), 'playground-test-'))
})
beforeEach(async () => {
  folder = await mkdtemp(path.join(base, 'lesson-'))
})
afterAll(() => rm(base, { recursive: true, force: true }))

const source = () => path.join(folder, 'checks.ts')
const save = (text: string) => writeFile(source(), text)
const machine = (ports: number[] = []) =>
  ({ at: 1000 + ports.length, listeners: ports.map(port => ({ port })) }) as Machine

async function judge(text: string, name = 'it', ports: number[] = []) {
  await save(text)
  return (await openChecks(source()).judge([name], machine(ports)))[name]
}

test.each([
  ['listens', 'listens'],
  ['two-listeners', 'twoListeners'],
  ['port-8080-free', 'port8080Free'],
  ['a-b-c', 'aBC'],
])('%s is the function %s', (name, expected) => expect(functionOf(name)).toBe(expected))

describe('what a check says', () => {
  test.each<[what: string, text: string, judgement: object]>([
    ['true', 'export const it = () => true', { state: 'passed' }],
    ['a text', 'export const it = () => "none"', { state: 'waiting', observed: 'none' }],
    ['broken', 'export const it = () => ({ broken: "gone" })', { state: 'broken', observed: 'gone' }],
    [
      'false',
      'export const it = () => false',
      { state: 'waiting', observed: 'checks.ts: it returned false; it must be true or a text' },
    ],
    [
      'a promise',
      'export async function it() {}',
      { state: 'waiting', observed: 'checks.ts: it returned a promise; it must be true or a text' },
    ],
    [
      'an error',
      'export function it() { throw new TypeError("no such\\nline") }',
      { state: 'waiting', observed: 'checks.ts:1: no such' },
    ],
    [
      'nothing: it is not there',
      'export const other = () => true',
      { state: 'waiting', observed: 'checks.ts exports no function it' },
    ],
    [
      'nothing: it is no function',
      'export const it = true',
      { state: 'waiting', observed: 'checks.ts exports no function it' },
    ],
  ])('%s', async (_what, text, judgement) => expect(await judge(text)).toEqual(judgement))

  test('true, from a folder elsewhere that imports of this package', async () => {
    const text = `
      import { type Check, type Listener } from 'reuseport-playground/checks'
      const isOurs = ({ port }: Listener) => port === 8080
      export const it: Check = ({ listeners }) => listeners.some(isOurs) || 'nobody listens'
    `
    expect(await judge(text, 'it', [8080])).toEqual({ state: 'passed' })
    expect(await judge(text)).toEqual({ state: 'waiting', observed: 'nobody listens' })
  })

  test('nothing: the package exports nothing else', async () => {
    const text = "import 'reuseport-playground/playground/protocol.ts'\nexport const it = () => true"
    expect((await judge(text))?.observed).toMatch(
      /^checks\.ts cannot be loaded: .*'\.\/playground\/protocol\.ts'.* not defined/,
    )
  })

  test('nothing: the file cannot be loaded', async () => {
    const judgement = await judge('export const it = (\n')
    expect(judgement).toMatchObject({ state: 'waiting' })
    expect(judgement?.observed).toMatch(/^checks\.ts cannot be loaded: [^\n]+$/)
  })

  test('nothing: there is no file', async () => {
    expect(await openChecks(source()).judge(['it'], machine())).toEqual({
      it: { state: 'waiting', observed: 'checks.ts exports no function it' },
    })
  })

  test('a check that sorts the machine sorts a copy', async () => {
    await save('export const it = m => m.listeners.sort((a, b) => a.port - b.port)[0].port + ""')
    const mine = machine([9, 8])
    expect((await openChecks(source()).judge(['it'], mine)).it?.observed).toBe('8')
    expect(mine).toEqual(machine([9, 8]))
  })
})

describe('what is kept', () => {
  let checks: Checks
  const evaluate = () => createCheckStates(checks, async () => ['one', 'two'])

  beforeEach(async () => {
    await save(`
      export const one = ({ listeners }) => listeners.length > 0 || 'none'
      export const two = ({ listeners }) => listeners.length > 1 || { broken: listeners.length + '' }
    `)
    checks = openChecks(source())
  })

  test('what has passed stays, with the moment; the rest is asked again', async () => {
    const states = evaluate()
    const broken = (observed: string) => ({ state: 'broken', observed })
    expect(await states(machine())).toEqual({
      one: { state: 'waiting', observed: 'none' },
      two: broken('0'),
    })
    const passed = { state: 'passed', at: 1001 }
    expect(await states(machine([1]))).toEqual({ one: passed, two: broken('1') })
    expect(await states(machine())).toEqual({ one: passed, two: broken('0') })
    expect(await states(machine([1, 2]))).toEqual({ one: passed, two: { state: 'passed', at: 1002 } })
    // A fresh sandbox begins anew.
    expect((await evaluate()(machine())).one?.state).toBe('waiting')
  })

  test('what its author has saved counts, and what had passed stays', async () => {
    const states = evaluate()
    await states(machine([1]))
    await save('export const two = () => "saved"\n')
    expect(await states(machine())).toEqual({
      one: { state: 'passed', at: 1001 },
      two: { state: 'waiting', observed: 'saved' },
    })
  })
})

describe('verify', () => {
  const LISTEN =
    'import socket; s = socket.create_server(("127.0.0.1", 8080)); print("ready", flush=True); input()'
  const CHECKS = `
    export const listens = ({ listeners }) => listeners.some(({ port }) => port === 8080) || 'nobody listens'
    export const gone = ({ listeners, counters }) =>
      (listeners.length === 0 && counters.accepted > 0) || listeners.length + ' listen'
    export const always = () => true
  `
  const START = `\`\`\`console running\n$ python3 -c '${LISTEN}'\nready\n\`\`\`\n`
  const END = '```console\n^C\n...\n[130]\n```\n'
  const place = (name: string) => `::: check ${name}\nText.\n:::\n`

  async function write(...parts: string[]): Promise<string> {
    await save(CHECKS)
    const page = path.join(folder, 'page.md')
    await writeFile(page, `# Page\n\n${parts.join('\n')}`)
    return page
  }

  async function results(...parts: string[]) {
    const page = await write(...parts)
    const { checks, transcripts } = await verifyPage({ page, lang: undefined })
    return {
      checks: checks.map(({ check, state, message, reason }) => [
        `${check.line} ${check.name} ${state}`,
        ...[message ?? reason ?? []].flat(),
      ]),
      transcripts: transcripts.map(({ state }) => state),
    }
  }

  test('met at its place: passed', async context => {
    await needsSandbox(context)
    needsProgram(context, 'ss', 'python3')
    expect(await results(START, place('listens'), END)).toEqual({
      checks: [['8 listens passed']],
      transcripts: ['passed', 'passed'],
    })
  })

  test('not met, met too early, out of reach', async context => {
    await needsSandbox(context)
    needsProgram(context, 'ss', 'python3')
    const found = await results(
      START,
      place('always'),
      place('gone'),
      END,
      '```console\n$ false\n```\n',
      place('listens'),
    )
    expect(found).toEqual({
      checks: [
        ['8 always failed', 'the check always is met before anything has run: it would say nothing'],
        ['12 gone failed', 'the check gone is not met here: 1 listen'],
        ['26 listens unreached'],
      ],
      transcripts: ['passed', 'passed', 'failed'],
    })
  })

  test('skipped where all above it is, or what it waits for may be', async context => {
    await needsSandbox(context)
    needsProgram(context, 'ss', 'python3')
    const skip = '```console requires=no-such-program\n$ no-such-program\n```\n'
    const reason = 'needs no-such-program; install it with: sudo apt-get install no-such-program'
    const found = await results(skip, place('gone'), START, place('listens'))
    expect(found.checks).toEqual([['7 gone skipped', reason], ['16 listens passed']])
  })

  test('a page and its checks.ts that do not agree', async () => {
    const page = await write(place('listens'), place('nobody'))
    const { pages, mistakes, warnings } = await readPages([{ file: page }])
    expect(pages).toEqual([])
    expect(mistakes.map(problemText)).toEqual([
      `${page}:7: the check nobody is not in ${source()}; export a function nobody from it`,
    ])
    expect(warnings.map(problemText).filter(text => text.startsWith(source()))).toEqual([
      `${source()}: it exports always, which the page does not show; show it with ::: check always, or do not export it`,
      `${source()}: it exports gone, which the page does not show; show it with ::: check gone, or do not export it`,
    ])
    await save('export const listens = (')
    const broken = (await readPages([{ file: page }])).mistakes.map(problemText)
    expect(broken).toHaveLength(1)
    expect(broken[0]).toMatch(/checks\.ts:1: it cannot be loaded: \S.*; mend it, or remove it$/)
  })
})
