import { EventEmitter } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { WebSocket } from 'ws'
import { verifyPage } from '../../playground/authoring/runs.ts'
import { readLesson } from '../../playground/course/pages.ts'
import type { Lang } from '../../playground/format/transcript.ts'
import type { ServerMessage, Verdict } from '../../playground/protocol.ts'
import type { Result } from '../../playground/runner/results.ts'
import { createLessonWorkbench, type LessonWorkbench } from '../../playground/workbench/lesson-workbench.ts'

let base: string
beforeAll(async () => {
  base = await mkdtemp(path.join(os.tmpdir(), 'playground-test-'))
})
afterAll(() => rm(base, { recursive: true, force: true }))

let pages = 0
/** A page of its own in a folder of its own: fences as they are, one after another. */
async function writePage(...fences: string[]): Promise<string> {
  const folder = await mkdtemp(path.join(base, `${pages++}-`))
  const page = path.join(folder, '01-page.md')
  await writeFile(page, `# Page\n\n${fences.map(fence => `\`\`\`console ${fence}\n\`\`\`\n`).join('\n')}`)
  return page
}

async function verify(...fences: string[]): Promise<Result[]> {
  return (await verifyPage({ page: await writePage(...fences), lang: undefined })).transcripts
}

const states = (results: Result[]) => results.map(({ state }) => state)
const failure = (results: Result[]) => results.flatMap(({ verdicts }) => verdicts).find(({ ok }) => !ok)

describe.concurrent('what is true passes', () => {
  test.each<[string, ...string[]]>([
    ['output and status', '\n$ echo one; echo two\none\ntwo\n$ false\n[1]\n$ true'],
    ['no output at all', '\n$ true'],
    ['a command of several lines', '\n$ for i in 1 2; do\n>   echo "$i"\n> done\n1\n2'],
    ['a here-document', '\n$ cat <<END\n> a  b\n> END\na b'],
    ['a syntax error', "\n$ echo )\nbash: syntax error near unexpected token `)'\n[2]\n$ echo on\non"],
    ['a progress bar leaves its last state', `\n$ printf '10%%\\r50%%\\r100%%\\n'\n100%`],
    ['output without a last newline', '\n$ printf abc\nabc'],
    ['the end of the shell, then a fresh one', '\n$ exit 3\nexit\n[3]\n$ echo fresh\nfresh'],
    ['exec', '\n$ exec sh -c "echo last; exit 4"\nlast\n[4]\n$ echo fresh\nfresh'],
    ['a killed program', '\n$ bash -c "kill -9 \\$\\$"\nKilled\n[137]'],
    ['names within a pane', '\n$ echo $$ $$\n<a:pid> <a>\n$ echo <a>\n<a>'],
    [
      'names between panes',
      'pane=one\n$ echo $$\n<a:pid>',
      'pane=two\n$ kill -0 <a> && echo "<a> lives"\n<a> lives',
      'pane=one\n$ echo $$\n<a>',
    ],
    [
      'a program that goes on, and Ctrl-C',
      'running\n$ bash -c "echo ready; exec sleep 600"\nready',
      '\n^C\n[130]',
    ],
    ['Ctrl-C in the same fence', '\n$ bash -c "echo ready; exec sleep 600"\nready\n^C\n[130]\n$ echo on\non'],
    ['Ctrl-C at once', '\n$ bash -c "seq 3; exec sleep 600"\n...\n^C\n[130]'],
    [
      'what a program says at Ctrl-C',
      `\n$ bash -c "trap 'echo bye; exit 5' INT; echo ready; sleep 600 & wait"\nready\n^C\nbye\n[5]`,
    ],
    [
      'Ctrl-C that a program survives',
      `running\n$ bash -c "trap 'echo no' INT; echo ready; while :; do sleep 600 & wait; done"\nready\n^C\nno`,
    ],
    [
      'output that comes later',
      'pane=one running\n$ cat <(echo first; until [ -e go ]; do sleep 0.02; done; echo second; exec sleep 600)\nfirst',
      'pane=two\n$ touch go',
      'pane=one running\nsecond',
      'pane=one\n^C\n[130]',
    ],
    [
      'an end that comes later',
      'pane=one running\n$ bash -c "echo up; until [ -e go ]; do sleep 0.02; done; exit 6"\nup',
      'pane=two\n$ touch go',
      'pane=one\n[6]',
    ],
    [
      'a question without a newline, then its answer',
      'pane=one running\n$ bash -c "printf ready?; until [ -e go ]; do sleep 0.02; done; echo yes; exec sleep 600"\nready?',
      'pane=two\n$ touch go',
      'pane=one running\nyes',
      'pane=one\n^C\n[130]',
    ],
    [
      'a silent end',
      'pane=one running\n$ bash -c "until [ -e go ]; do sleep 0.02; done"',
      'pane=two\n$ touch go',
      'pane=one',
    ],
    ['a job in the background', '\n$ sleep 600 > /dev/null & \n[1] <job:pid>\n$ kill <job>; wait\n...'],
    ["a `<` that is the shell's", '\n$ echo "<x>"; cat < /dev/null\n\\<x>'],
    ['lines in any order', 'order=any\n$ printf "b\\na\\n"\na\nb'],
    ['numbers within bounds', '\n$ echo 17\n<10..20>'],
    ['the working folder and 80 columns', '\n$ ls; tput cols\n80'],
  ])('%s', async (_, ...fences) => {
    const results = await verify(...fences)
    expect(failure(results)).toBeUndefined()
    expect(states(results)).toEqual(fences.map(() => 'passed'))
  })
})

describe.concurrent('what is not true fails, at its line', () => {
  test.each<[string, Partial<Verdict>, ...string[]]>([
    ['another line', { why: 'differs', line: 6 }, '\n$ printf "one\\nTWO\\n"\none\ntwo'],
    ['a line too many', { why: 'extra' }, '\n$ printf "one\\ntwo\\n"\none'],
    ['a line too few', { why: 'more' }, '\n$ echo one\none\ntwo'],
    ['another status', { why: 'status', line: 4, status: 1 }, '\n$ false'],
    ['a status that does not come', { why: 'status', status: 0 }, '\n$ true\n[1]'],
    ['a name that is another value', { why: 'differs' }, '\n$ echo $$ $PPID\n<a:pid> <a>'],
    ['a number out of bounds', { why: 'differs' }, '\n$ echo 21\n<10..20>'],
    ['a program that should go on', { why: 'ended', status: 3 }, 'running\n$ bash -c "echo up; exit 3"\nup'],
    ['a program that does not end', { why: 'timeout' }, 'timeout=1\n$ sleep 600'],
    [
      'output that does not come',
      { why: 'timeout' },
      'running timeout=1\n$ bash -c "echo one; exec sleep 600"\none\ntwo',
    ],
    [
      'a wrong line of a program that goes on, at once',
      { why: 'differs' },
      'running timeout=600\n$ bash -c "echo one; exec sleep 600"\ntwo',
    ],
    ['an incomplete command, at once', { why: 'incomplete' }, 'timeout=600\n$ echo "a'],
    [
      'a program that ends unseen',
      { why: 'extra' },
      'pane=one running\n$ bash -c "until [ -e go ]; do sleep 0.02; done; exit 9"',
      'pane=two\n$ touch go; until ! pgrep -f "[e]xit 9" > /dev/null; do sleep 0.02; done',
    ],
    [
      'output that no fence shows',
      { why: 'extra' },
      'pane=one running\n$ bash -c "echo up; until [ -e go ]; do sleep 0.02; done; echo more; touch gone; exec sleep 600"\nup',
      'pane=two\n$ touch go; until [ -e gone ]; do sleep 0.02; done',
    ],
  ])('%s', async (_, expected, ...fences) => {
    const results = await verify(...fences)
    expect(failure(results)).toMatchObject(expected)
    expect(states(results)).toContain('failed')
  })

  test('what follows a failure is not reached', async () => {
    expect(states(await verify('\n$ false', '\n$ echo on\non'))).toEqual(['failed', 'unreached'])
  })

  test('a failure says what else has ended meanwhile', async () => {
    const results = await verify(
      'pane=one running\n$ bash -c "echo up; until [ -e go ]; do sleep 0.02; done; echo gone wrong; exit 9"\nup',
      'pane=two\n$ touch go; until ! pgrep -f "[e]xit 9" > /dev/null; do sleep 0.02; done; echo a\nb',
    )
    expect(failure(results)?.message).toContain('one (line 4) has ended with 9: gone wrong')
  })

  test('a program that was stopped has not just ended', async () => {
    const results = await verify(
      "pane=one running\n$ sh -c 'echo $$; exec sleep 600'\n<a:pid>",
      'pane=two\n$ kill -STOP <a>; until grep -q "T (stopped)" /proc/<a>/status; do :; done',
      'pane=one\n^C\n[130]',
    )
    expect(failure(results)?.message).toMatch(/has ended with 147 \(stopped by SIGSTOP: .*\), expected 130$/)
  })

  test('both sides of a difference are given, and which lines they are', async () => {
    expect(failure(await verify('\n$ printf "one\\nTWO\\n"\none\ntwo'))).toMatchObject({
      expected: [
        { text: 'one', ok: true },
        { text: 'two', ok: false },
      ],
      actual: [
        { text: 'one', ok: true },
        { text: 'TWO', ok: false },
      ],
    })
  })

  test('a flood is cut, and the run goes on', async () => {
    const results = await verify('\n$ seq 400000\n1')
    expect(failure(results)?.message).toContain('more than is kept')
  })
})

test('a transcript that needs a missing program is skipped with the reason, the others are not', async () => {
  const results = await verify('requires=no-such-program\n$ no-such-program', '\n$ echo on\non')
  expect(states(results)).toEqual(['skipped', 'passed'])
  expect(results[0]!.reason).toContain('sudo apt-get install no-such-program')
})

test('each language has its own run', async () => {
  const page = await writePage('lang=ts\n$ echo ts\nts', 'lang=py\n$ echo py\npy', '\n$ echo both\nboth')
  const ids = async (lang: Lang) =>
    (await verifyPage({ page, lang })).transcripts.map(({ transcript }) => transcript.line)
  expect(await ids('ts')).toEqual([3, 13])
  expect(await ids('py')).toEqual([8, 13])
})

describe('a page runs one command at a time', () => {
  let workbench: LessonWorkbench
  let told: (ServerMessage & { pane: string })[]
  let fences: string[]
  /** Types into a pane as its page does. */
  const press = new Map<string, (text: string) => void>()
  const closers: (() => void)[] = []

  async function open(...texts: string[]): Promise<void> {
    const page = await writePage(...texts)
    const lesson = await readLesson(page)
    fences = lesson.transcripts.map(({ id }) => id)
    workbench = await createLessonWorkbench({
      page,
      scripts: path.join(base, 'none'),
      workspace: path.join(path.dirname(page), 'work/01-page'),
    })
    for (const pane of lesson.panes) await join(pane)
  }

  /** Stands in for a page: keeps what it is told. Resolves when the pane's shell is at its prompt. */
  async function join(pane: string): Promise<void> {
    const socket = Object.assign(new EventEmitter(), {
      OPEN: 1,
      readyState: 1,
      bufferedAmount: 0,
      close() {},
      ping() {},
      send(data: string | Buffer) {
        if (typeof data === 'string') told.push({ ...JSON.parse(data), pane })
      },
    })
    const message = (data: string, isBinary: boolean) => socket.emit('message', Buffer.from(data), isBinary)
    press.set(pane, text => message(text, true))
    workbench.attach(pane, socket as unknown as WebSocket)
    message(JSON.stringify({ type: 'join', page: '0123456789abcdef', columns: 80, rows: 24 }), false)
    const isIdle = () => told.some(each => each.pane === pane && 'state' in each && each.state === 'idle')
    await expect.poll(isIdle).toBe(true)
    closers.push(() => socket.emit('close'))
  }

  const run = (fence: number, command: number, more = {}) =>
    workbench.runner.run({ type: 'run', fence: fences[fence]!, command, ...more })
  const verdicts = () =>
    told.flatMap(message =>
      message.type === 'verdict'
        ? [`${fences.indexOf(message.verdict.fence)}.${message.verdict.command} ${message.verdict.ok}`]
        : [],
    )

  beforeEach(() => {
    told = []
  })
  afterEach(async () => {
    for (const close of closers.splice(0)) close()
    await workbench.close()
  })

  test('verdicts come one by one', async () => {
    await open('\n$ echo one\none\n$ echo two\nTWO')
    expect(await run(0, 0)).toBeUndefined()
    expect(verdicts()).toEqual(['0.0 true'])
    await run(0, 1)
    expect(verdicts()).toEqual(['0.0 true', '0.1 false'])
    expect(workbench.runner.verdicts()).toHaveLength(2)
  })

  test('a busy pane is refused, until it may be interrupted', async () => {
    await open(
      'pane=one running\n$ bash -c "echo up; exec sleep 600"\nup',
      'pane=one\n^C\n[130]',
      'pane=one\n$ true',
    )
    await run(0, 0)
    const message = 'This runs in one already.'
    expect(await run(0, 0)).toMatchObject({ type: 'refused', why: 'busy', message })
    const other = '`bash -c "echo up; exec sleep 600"` still runs in one.'
    expect(await run(2, 0)).toMatchObject({ why: 'busy', message: other })
    expect(await run(0, 0, { interrupt: true })).toBeUndefined()
    expect(verdicts()).toEqual(['0.0 true', '1.0 true', '0.0 true'])
  })

  test('a pane that is busy with what is not of the page is refused, too', async () => {
    await open('pane=one\n$ true')
    press.get('one')!('sleep 600\r')
    await expect.poll(() => told.findLast(({ type }) => type === 'state')).toMatchObject({ state: 'running' })
    expect(await run(0, 0)).toMatchObject({ why: 'busy', message: 'A program still runs in one.' })
    expect(await run(0, 0, { interrupt: true })).toBeUndefined()
  })

  test('a program that is still starting is interrupted when it has started', async () => {
    await open('pane=one\n$ true')
    const starting = "trap '' INT; for ((i = 0; i < 20000; i++)); do :; done; trap - INT"
    press.get('one')!(`bash -c "${starting}; exec sleep 600"\r`)
    await expect.poll(() => told.findLast(({ type }) => type === 'state')).toMatchObject({ state: 'running' })
    expect(await run(0, 0, { interrupt: true })).toBeUndefined()
  })

  test('a busy pane that is interrupted has had the Ctrl-C of the page', async () => {
    await open(
      'pane=one running\n$ bash -c "echo up; exec sleep 600"\nup',
      'pane=one\n^C\n[130]',
      'pane=one\n$ echo two\ntwo',
    )
    await run(0, 0)
    expect(await run(2, 0, { interrupt: true })).toBeUndefined()
    expect(verdicts()).toEqual(['0.0 true', '1.0 true', '2.0 true'])
    told = []
    const message = 'Nothing runs in one: a command above starts it.'
    expect(await run(1, 0)).toMatchObject({ why: 'above', message })
    expect(told).toEqual([])
  })

  test('a name that is not known yet, and a Ctrl-C for nothing, ask for what is above', async () => {
    await open(
      'pane=one running\n$ bash -c "echo $$; exec sleep 600"\n<a:pid>',
      'pane=two\n$ echo <a>\n<a>',
      'pane=one\n^C\n[130]',
    )
    expect(await run(1, 0)).toMatchObject({ why: 'above' })
    expect(await run(2, 0)).toMatchObject({ why: 'above' })
    expect(verdicts()).toEqual([])
    expect(await run(2, 0, { toHere: true })).toBeUndefined()
    expect(verdicts()).toEqual(['0.0 true', '1.0 true', '2.0 true'])
  })

  test('up to here runs only what is still needed, also what has been ended by hand', async () => {
    await open(
      'pane=one\n$ echo a >> log',
      'pane=one running\n$ bash -c "echo up; exec sleep 600"\nup',
      'pane=two\n$ cat log\na',
    )
    await run(2, 0, { toHere: true })
    expect(verdicts()).toEqual(['0.0 true', '1.0 true', '2.0 true'])
    told = []
    expect(await run(2, 0, { toHere: true })).toBeUndefined()
    expect(verdicts()).toEqual(['2.0 true'])
    press.get('one')!('\x03')
    await expect
      .poll(() => told.findLast(({ type, pane }) => type === 'state' && pane === 'one'))
      .toMatchObject({ state: 'idle' })
    told = []
    expect(await run(2, 0, { toHere: true })).toBeUndefined()
    expect(verdicts()).toEqual(['1.0 true', '2.0 true'])
  })

  test('on the way up to here, no step begins once it is cancelled', async () => {
    // The kernel echoes what is typed, whenever it comes.
    await open('pane=one\n$ read line\nx', 'pane=two\n$ echo two\ntwo', 'pane=two\n$ echo here\nhere')
    const done = run(2, 0, { toHere: true })
    await expect
      .poll(() => told.findLast(({ type, pane }) => type === 'state' && pane === 'one'))
      .toMatchObject({ state: 'running' })
    workbench.runner.cancel({ type: 'cancel', fence: fences[2]!, command: 0 })
    press.get('one')!('x\r')
    expect(await done).toBeUndefined()
    expect(verdicts()).toEqual(['0.0 true'])
    await run(2, 0, { toHere: true })
    expect(verdicts()).toEqual(['0.0 true', '1.0 true', '2.0 true'])
  })

  test('running again forgets what it and all that follows have bound', async () => {
    await open('\n$ echo $$\n<a:pid>', '\n$ echo <a>\n<a>')
    await run(0, 0)
    await run(1, 0)
    await run(0, 0)
    expect(told.filter(({ type }) => type === 'forget')).toMatchObject([{ fences: [fences[0], fences[1]] }])
    expect(workbench.runner.verdicts()).toHaveLength(1)
  })

  test('who goes over to the other language meets its names anew', async () => {
    const count = (lang: string, number: number) => `lang=${lang}\n$ echo ${number}\n<count:int>`
    await open(count('ts', 1), count('py', 2), '\n$ echo <count>\n<count>')
    for (const lang of ['ts', 'py', 'ts']) {
      await run(lang === 'ts' ? 0 : 1, 0, { lang })
      await run(2, 0, { lang })
    }
    expect(verdicts()).toEqual(['0.0 true', '2.0 true', '1.0 true', '2.0 true', '0.0 true', '2.0 true'])
    expect(workbench.runner.verdicts().find(({ fence }) => fence === fences[2])?.bound).toEqual({
      count: '1',
    })
  })

  test('output that a fence waits for passes by itself', async () => {
    await open(
      'pane=one running\n$ bash -c "echo up; until [ -e go ]; do sleep 0.02; done; echo down; exec sleep 600"\nup',
      'pane=two\n$ touch go',
      'pane=one running\ndown',
      'pane=one\n^C\n[130]',
    )
    await run(0, 0)
    await run(1, 0)
    await expect.poll(verdicts).toEqual(['0.0 true', '1.0 true', '2.-1 true'])
    await run(3, 0)
    expect(verdicts().at(-1)).toBe('3.0 true')
  })

  test('a Ctrl-C waits for output that is on its way, and is refused where none comes', async () => {
    await open(
      'pane=one running\n$ bash -c "echo up; until [ -e go ]; do sleep 0.02; done; sleep 0.2; echo down; exec sleep 600"\nup',
      'pane=two\n$ touch go',
      'pane=one\ndown\n^C\n[130]',
    )
    await run(0, 0)
    const message = 'one has not printed what is shown above yet.'
    expect(await run(2, 0)).toMatchObject({ why: 'above', message })
    await run(1, 0)
    expect(await run(2, 0)).toBeUndefined()
    expect(verdicts()).toEqual(['0.0 true', '1.0 true', '2.-1 true', '2.0 true'])
  })

  test('a Ctrl-C pressed by hand counts', async () => {
    await open(
      'pane=one running\n$ bash -c "echo up; exec sleep 600"\nup',
      'pane=two\n$ true',
      'pane=one\n^C\n[130]',
    )
    await run(0, 0)
    press.get('one')!('\x03')
    await expect.poll(verdicts).toEqual(['0.0 true', '2.0 true'])
  })

  test('a command typed by hand counts, in one line or in several', async () => {
    await open(
      'pane=one running\n$ bash -c "echo $$; exec sleep 600"\n<a:pid>',
      'pane=two\n$ echo <a>\n<a>\n$ for i in 1 2; do\n>   echo $i\n> done\n1\n2',
      'pane=one\n^C\n[130]',
    )
    press.get('one')!('bash -c  "echo $$; exec sleep 600"\r')
    await expect.poll(verdicts).toEqual(['0.0 true'])
    press.get('two')!(
      `echo ${told.flatMap(message => (message.type === 'verdict' ? [message.verdict.bound.a] : []))[0]}\r`,
    )
    await expect.poll(verdicts).toEqual(['0.0 true', '1.0 true'])
    const lastState = () => told.findLast(({ type, pane }) => type === 'state' && pane === 'two')
    press.get('two')!('for i in 1 2; do\r')
    await expect.poll(lastState).toMatchObject({ state: 'typing' })
    press.get('two')!('\x03')
    await expect.poll(lastState).toMatchObject({ state: 'idle' })
    press.get('two')!('for i in 1 2; do\recho $i\rdone\r')
    await expect.poll(verdicts).toEqual(['0.0 true', '1.0 true', '1.1 true'])
    press.get('one')!('\x03')
    await expect.poll(verdicts).toEqual(['0.0 true', '1.0 true', '1.1 true', '2.0 true'])
  })

  test('a command typed by hand that the page does not have changes nothing', async () => {
    await open('\n$ echo one\none')
    const states = () => told.flatMap(message => (message.type === 'state' ? [message.state] : []))
    told = []
    press.get('shell')!('echo two\r')
    await expect.poll(states).toEqual(['running', 'idle'])
    await run(0, 0)
    expect(verdicts()).toEqual(['0.0 true'])
  })

  test('a name typed as the page writes it, before anything has printed it, changes nothing', async () => {
    await open('pane=one\n$ echo $$\n<a:pid>', 'pane=two\n$ echo <a>\n<a>')
    const lastState = () => told.findLast(({ type, pane }) => type === 'state' && pane === 'two')
    press.get('two')!('echo <a>\r')
    press.get('two')!('sleep 600\r')
    await expect.poll(lastState).toMatchObject({ state: 'running' })
    expect(await run(0, 0)).toBeUndefined()
    expect(verdicts()).toEqual(['0.0 true'])
  })

  test('a half-typed line is cleared away', async () => {
    await open('\n$ echo one\none')
    press.get('shell')!('rm -rf half-typed')
    await run(0, 0)
    expect(verdicts()).toEqual(['0.0 true'])
  })

  test('a fence that the page has and the lesson has not', async () => {
    await open('\n$ true')
    expect(await workbench.runner.run({ type: 'run', fence: '0123456789', command: 0 })).toMatchObject({
      why: 'stale',
    })
  })
})
