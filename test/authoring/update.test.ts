import { execFile } from 'node:child_process'
import { chmod, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type AmendOptions, amend } from '../../playground/authoring/amend.ts'
import { updatePage, writeAmendments } from '../../playground/authoring/update.ts'
import { parseLesson } from '../../playground/format/lesson.ts'
import { matchOutput } from '../../playground/format/match.ts'
import { listProcesses } from '../../playground/sandbox/processes.ts'
import { createLessonWorkbench } from '../../playground/workbench/lesson-workbench.ts'
import { needsSandbox } from '../harness/needs.ts'
import { examples, outputLine, patternsOf } from '../harness/patterns.ts'
import { runs } from '../harness/runs.ts'

describe('amend keeps what can be kept', () => {
  const rewritten = (sources: string[], printed: string[], more: Partial<AmendOptions> = {}) =>
    amend(patternsOf(sources), printed, { order: 'given', ended: true, bound: {}, ...more })

  test.each<
    [what: string, sources: string[], printed: string[], result: string[], more?: Partial<AmendOptions>]
  >([
    ['what is true', ['a <n:int>', '...', 'z'], ['a 1', 'b', 'z'], ['a <n:int>', '...', 'z']],
    [
      'placeholders in a changed line',
      ['worker <a:pid> is listening on 127.0.0.1:<p:port>'],
      ['Worker 123 listens on 127.0.0.1:8080'],
      ['Worker <a:pid> listens on 127.0.0.1:<p:port>'],
    ],
    ['a name twice on a line', ['<a:pid> is <a>'], ['123 was 123'], ['<a:pid> was <a>']],
    [
      'not a name that is another value',
      ['pid <a> lives'],
      ['pid 8 lives'],
      ['pid 8 lives'],
      { bound: { a: '7' } },
    ],
    ['a bound name', ['pid <a> lives'], ['pid 7 died'], ['pid <a> died'], { bound: { a: '7' } }],
    ['not a type that does not fit', ['took <_:int> ms'], ['took long ms'], ['took long ms']],
    ['a value of several tokens', ['took <_:ms> ms'], ['it took 12.5 ms'], ['it took <_:ms> ms']],
    ['not a number out of its range', ['<1..9> of 10'], ['12 of 10'], ['12 of 10']],
    ['a number within its range', ['<1..9> of 10'], ['3 of 12'], ['<1..9> of 12']],
    ['lines around a new one', ['one', 'three'], ['one', 'two', 'three'], ['one', 'two', 'three']],
    ['lines around one that is gone', ['one', 'two', 'three'], ['one', 'three'], ['one', 'three']],
    ['`...`', ['...', 'Error: old', '...'], ['at 1', 'Error: new', 'at 2'], ['...', 'Error: new', '...']],
    ['one `...` of two', ['a', '...', 'b <_:int>', '...', 'c'], ['a', '?', '!', 'c'], ['a', '...', 'c']],
    ['not `...` alone', ['...', 'Error: old', '...'], ['worker 1 is up'], ['worker 1 is up']],
    ['nothing of an output that is gone', ['a', 'b'], [], []],
    [
      'the blanks of a changed line',
      ['LISTEN 0 <_:int> *:80'],
      ['LISTEN     0    511    *:81   '],
      ['LISTEN 0 <_:int> *:81'],
    ],
    ['any order', ['b <x:int>', 'a'], ['a', 'c', 'b 3 !'], ['b <x:int> !', 'a', 'c'], { order: 'any' }],
    ['any order with `...`', ['a', '...', 'b'], ['c', 'b', 'd'], ['...', 'b'], { order: 'any' }],
    [
      'text that is grammar',
      ['x'],
      ['$ x', '> y', '...', '[3]', '^C', '<a:pid>', '\\$'],
      ['\\$ x', '\\> y', '\\...', '\\[3]', '\\^C', '\\<a:pid>', '\\\\$'],
    ],
    ['a blank that is none to the matcher', ['x'], ['a\u00a0', ' '], ['a\u00a0']],
    ['grammar beside a placeholder', ['<a:pid> <b>'], ['$ <b> \\7'], ['\\$ \\<b> \\\\<a:pid>']],
    ['a backslash before a placeholder', ['at <a:pid>.'], ['at \\7.'], ['at \\\\<a:pid>.']],
  ])('%s', (_, sources, printed, result, more) => {
    expect(rewritten(sources, printed, more)).toEqual(result)
  })

  const anyPattern = fc.oneof(
    { weight: 1, arbitrary: fc.constant('...') },
    { weight: 3, arbitrary: examples.map(({ type }) => `at <_:${type}> end`) },
    {
      weight: 2,
      arbitrary: fc.constantFrom('worker <a:pid> is up', 'same <a:pid>', '<3..30> lines', 'plain'),
    },
  )

  test('what was printed always matches', () => {
    const lines = fc.array(
      fc.oneof(outputLine, fc.constantFrom('worker 7 is up', 'same 7', 'at 1.5 end', 'plain')),
      { maxLength: 8 },
    )
    fc.assert(
      fc.property(
        fc.array(anyPattern, { maxLength: 6 }),
        lines,
        fc.constantFrom('given' as const, 'any' as const),
        fc.boolean(),
        (sources, printed, order, ended) => {
          const result = rewritten(sources, printed, { order, ended })
          expect(matchOutput(patternsOf(result), printed, {}, { order, ended })).toMatchObject({ ok: true })
          // Once more changes nothing.
          expect(rewritten(result, printed, { order, ended })).toEqual(result)
        },
      ),
      { numRuns: runs(400) },
    )
  })

  test('placeholders survive a change of the text around them', () => {
    const word = fc.constantFrom('listening', 'stopped', 'ready', 'here')
    fc.assert(
      fc.property(fc.array(examples, { minLength: 1, maxLength: 3 }), word, word, (values, was, is) => {
        const source = (text: string) =>
          `worker ${text} ${values.map(({ type }) => `(<_:${type}>)`).join(' ')}`
        const printed = `worker ${is} ${values.map(({ value }) => `(${value})`).join(' ')}`
        fc.pre(values.every(({ type }) => type !== 'word'))
        expect(rewritten([source(was)], [printed])).toEqual([source(is)])
      }),
      { numRuns: runs(100) },
    )
  })
})

describe('the rest of the file stays, byte for byte', () => {
  /** Replaces every expectation of the page by NEW. */
  const written = (text: string) => {
    const lesson = parseLesson(text, 'x.md')
    const amendments = lesson.transcripts.flatMap(({ continued, commands }, transcript) =>
      [...(continued ? [-1] : []), ...commands.keys()].map(command => ({
        transcript,
        command,
        sources: ['NEW', '', 'END'],
        status: 7,
      })),
    )
    return writeAmendments(text, lesson, amendments)
  }
  const fresh = ['NEW', '', 'END', '[7]']

  test.each<[what: string, before: string[], after: string[]]>([
    [
      'text around it',
      ['# T  ', '', '```console', '$ a', 'old', '```', '\tx'],
      ['# T  ', '', '```console', '$ a', ...fresh, '```', '\tx'],
    ],
    ['an output where none was', ['```console', '$ a', '```'], ['```console', '$ a', ...fresh, '```']],
    [
      'blank lines between commands',
      ['```console', '$ a', 'o', '[1]', '', '$ b', '> c', '', '```'],
      ['```console', '$ a', ...fresh, '', '$ b', '> c', ...fresh, '', '```'],
    ],
    ['a longer fence', ['~~~~console', '$ a', '~~~', '~~~~~'], ['~~~~console', '$ a', ...fresh, '~~~~~']],
    [
      'a list',
      ['1. ```console', '   $ a', '   old', '   ```'],
      ['1. ```console', '   $ a', '   NEW', '', '   END', '   [7]', '   ```'],
    ],
    [
      'a quotation',
      ['> ```console', '> $ a', '> old', '> ```'],
      ['> ```console', '> $ a', '> NEW', '>', '> END', '> [7]', '> ```'],
    ],
    [
      'a fence that continues',
      ['```console running', '$ a', 'x', '```', '```console', 'old', '^C', 'y', '[2]', '```'],
      ['```console running', '$ a', ...fresh, '```', '```console', ...fresh, '^C', ...fresh, '```'],
    ],
  ])('%s', (_, before, after) => {
    for (const end of ['\n', '\r\n', '\r']) {
      expect(written(before.join(end))).toBe(after.join(end))
      expect(written(`\ufeff${before.join(end)}${end}`)).toBe(`\ufeff${after.join(end)}${end}`)
    }
  })
})

describe('verify --update', () => {
  let base: string
  beforeAll(async () => {
    base = await mkdtemp(path.join(os.tmpdir(), 'playground-test-'))
  })
  afterAll(() => rm(base, { recursive: true, force: true }))

  let pages = 0
  async function writePage(...lines: string[]): Promise<string> {
    const folder = await mkdtemp(path.join(base, `${pages++}-`))
    const page = path.join(folder, 'page.md')
    await writeFile(page, `${lines.join('\n')}\n`)
    return page
  }

  async function verify(...args: string[]): Promise<{ status: number; out: string; error: string }> {
    return new Promise(resolve =>
      execFile(
        process.execPath,
        ['playground/start.mjs', './authoring/verify.ts', ...args],
        { env: { ...process.env, NO_COLOR: '1' } },
        (error, out, complaint) => resolve({ status: error ? Number(error.code) : 0, out, error: complaint }),
      ),
    )
  }

  /** Updates the page, and again: the second time must change nothing. */
  async function update(
    page: string,
  ): Promise<{ status: number; out: string; error: string; text: string[] }> {
    const first = await verify('--update', page)
    const text = await readFile(page, 'utf8')
    const second = await verify('--update', page)
    expect(await readFile(page, 'utf8')).toBe(text)
    expect(second.out).not.toContain('updated')
    expect(second.status).toBe(first.status)
    expect(await readdir(path.dirname(page))).toEqual(['page.md'])
    return { ...first, text: text.split('\n').slice(0, -1) }
  }

  test('several differences in one run, with names, statuses and a program that goes on', async context => {
    await needsSandbox(context)
    const page = await writePage(
      '```console pane=one running',
      `$ bash -c "echo worker \\$\\$ up; echo second; trap 'echo bye; exit 5' INT; while :; do sleep 600 & wait; done"`,
      'worker <a:pid> is up',
      '```',
      '```console pane=two',
      '$ seq 3',
      '1',
      '...',
      '4',
      '$ echo "pid <a> lives"; false',
      'pid <a> died',
      '',
      '$ true',
      '[1]',
      '```',
      '```console pane=one',
      '^C',
      '[130]',
      '```',
    )
    const { status, out, text } = await update(page)
    expect(status).toBe(0)
    expect(out.split('\n').slice(0, 6)).toEqual(
      [2, 7, 10, 14, 17].map(line => `${page}:${line}: updated`).concat(expect.stringContaining(page)),
    )
    expect(text).toEqual([
      '```console pane=one running',
      `$ bash -c "echo worker \\$\\$ up; echo second; trap 'echo bye; exit 5' INT; while :; do sleep 600 & wait; done"`,
      'worker <a:pid> up',
      'second',
      '```',
      '```console pane=two',
      '$ seq 3',
      '1',
      '...',
      '$ echo "pid <a> lives"; false',
      'pid <a> lives',
      '[1]',
      '',
      '$ true',
      '```',
      '```console pane=one',
      '^C',
      'bye',
      '[5]',
      '```',
    ])
  })

  test('a page of commands alone is filled in', async context => {
    await needsSandbox(context)
    const page = await writePage(
      '```console pane=one running',
      '$ bash -c "echo up; until [ -e go ]; do sleep 0.02; done; echo gone; exec sleep 600"',
      '```',
      '```console pane=two',
      '$ printf "%s\\n" "[1]" "\\$ x"',
      '$ touch go; (exit 4)',
      '```',
      '```console pane=one running',
      'come',
      '```',
      '```console pane=one',
      '^C',
      '```',
    )
    const { status, text } = await update(page)
    expect(status).toBe(0)
    expect(text.filter(line => !/^```|^\$ /.test(line))).toEqual([
      'up',
      '\\[1]',
      '\\$ x',
      '[4]',
      'gone',
      '^C',
      '[130]',
    ])
  })

  test('a page in two languages; what both show is true in the first', async context => {
    await needsSandbox(context)
    const fences = [
      '```console lang=ts',
      '$ N=1; echo ts',
      'x',
      '```',
      '```console lang=py',
      '$ N=2; echo py',
      'x',
      '```',
      '```console',
    ]
    const same = await update(await writePage(...fences, '$ echo both', 'x', '```'))
    expect(same.status).toBe(0)
    expect(same.text).toEqual(expect.arrayContaining(['ts', 'py', 'both']))
    const page = await writePage(...fences, '$ echo $N', 'x', '```')
    const other = await update(page)
    expect(other.status).toBe(1)
    expect(other.text).toEqual(expect.arrayContaining(['ts', 'py', '1']))
    expect(other.out).toContain(`${page}:11: expected \`1\`, got \`2\``)
  })

  test.each<[what: string, lines: string[], message: RegExp]>([
    [
      'a command that does not end',
      ['```console timeout=1', '$ sleep 600', 'x', '```'],
      /has not ended within 1 s/,
    ],
    ['an incomplete command', ['```console', '$ echo "a', 'x', '```'], /not complete/],
    ['a program that should go on', ['```console running', '$ false', '[2]', '```'], /has ended with 1/],
    [
      'an output that ends its fence',
      ['```console', "$ printf '\\140\\140\\140\\n'", 'x', '```'],
      /page\.md:1: left as it is, because the output holds a line that ends the fence; /,
    ],
    [
      'a name that a command needs',
      ['```console', '$ echo one', '<a:int>', '$ echo <a>', '```'],
      /page\.md:4: left as it is, because it needs <a>, which nothing prints any more/,
    ],
  ])('what it cannot mend stays, and is reported: %s', async (_, lines, message) => {
    const page = await writePage(...lines)
    const { status, out, error, text } = await update(page)
    expect(status).toBe(1)
    expect(text).toEqual(lines)
    expect(out + error).toMatch(message)
  })

  test('what comes before something that cannot be mended is updated', async context => {
    await needsSandbox(context)
    const { status, text } = await update(
      await writePage(
        '```console timeout=1',
        '$ echo one',
        'two',
        '$ sleep 600',
        '$ echo three',
        'four',
        '```',
      ),
    )
    expect(status).toBe(1)
    expect(text).toEqual([
      '```console timeout=1',
      '$ echo one',
      'one',
      '$ sleep 600',
      '$ echo three',
      'four',
      '```',
    ])
  })

  test('a number that is another one in each run becomes a placeholder', async context => {
    await needsSandbox(context)
    const page = await writePage(
      '```console',
      '$ echo "took $(date +%s%N) ns, 0.$(date +%N) s, 8080"; echo up',
      '```',
    )
    const { status, text } = await update(page)
    expect(status).toBe(0)
    expect(text.slice(2, -1)).toEqual(['took <_:int> ns, <_:float> s, 8080', 'up'])
  })

  test('a sandbox that is killed under it has shown nothing', async context => {
    await needsSandbox(context)
    const page = await writePage('```console', '$ sleep 600', '```')
    const before = await readFile(page, 'utf8')
    const killed = updatePage({
      file: page,
      async withWorkbench(work) {
        const workspace = path.join(base, 'workspace', 'page')
        const workbench = await createLessonWorkbench({ page, scripts: path.join(base, 'none'), workspace })
        const { proc } = workbench.sandbox
        const out = work(workbench)
        // It fails while the workbench is being closed; whoever waits for it comes later.
        out.catch(() => {})
        const commands = async () => {
          const processes = await listProcesses(proc)
          return Promise.all(
            processes.map(({ pid }) => readFile(`${proc}/${pid}/cmdline`, 'utf8').catch(() => '')),
          )
        }
        await expect.poll(commands).toContain('sleep\x00600\x00')
        await workbench.close()
        return out
      },
    })
    await expect(killed).rejects.toThrow()
    expect(await readFile(page, 'utf8')).toBe(before)
  })

  test('a page with a mistake is never touched', async () => {
    const lines = ['```console', '$ echo one', 'two', '> three', '```']
    const page = await writePage(...lines)
    expect(await verify('--update', page)).toMatchObject({
      status: 2,
      out: '',
      error: expect.stringContaining(`${page}:4: `),
    })
    expect(await readFile(page, 'utf8')).toBe(`${lines.join('\n')}\n`)
  })

  test('a link stays a link, and the mode stays', async context => {
    await needsSandbox(context)
    const page = await writePage('```console', '$ echo one', '```')
    const link = path.join(base, 'link.md')
    await symlink(page, link)
    await chmod(page, 0o640)
    expect(await verify('--update', link)).toMatchObject({
      status: 0,
      out: expect.stringContaining(`${link}:2: updated\n`),
    })
    expect(await readFile(page, 'utf8')).toContain('\none\n')
    expect((await stat(page)).mode & 0o777).toBe(0o640)
  })

  test('whatever an author gets wrong in the output of a true page is mended, and placeholders stay', async context => {
    await needsSandbox(context)
    const truth = [
      'worker <a:pid> is up',
      'LISTEN 0 <_:int> 127.0.0.1:<p:port>',
      'total <_:int> in <_:ms> ms',
      'same <a>',
    ]
    const printed =
      'echo "worker $$ is up"; echo "LISTEN 0   511  127.0.0.1:8080"; echo total 5 in 1.25 ms; echo "same $$"; (exit 3)'
    const corruption = fc.constantFrom<(line: string) => string[]>(
      line => [line.replace(/^[A-Za-z]+/, 'other')],
      line => [line, 'one more'],
      line => ['one before', line],
      line => [`${line} x`],
      line => [line.toUpperCase().replace(/<[^>]*>/g, source => source.toLowerCase())],
    )
    await fc.assert(
      fc.asyncProperty(
        fc.array(corruption, { minLength: 4, maxLength: 4 }),
        fc.constantFrom('[1]', '[3]', ''),
        async (corrupt, status) => {
          const wrong = truth.flatMap((line, index) => corrupt[index]!(line))
          const page = await writePage(
            '# Page',
            '```console',
            `$ ${printed}`,
            ...wrong,
            ...(status ? [status] : []),
            '```',
          )
          expect(await verify('--update', page)).toMatchObject({ status: 0, error: '' })
          expect((await readFile(page, 'utf8')).split('\n').slice(3, -2)).toEqual([...truth, '[3]'])
        },
      ),
      { numRuns: runs(3) },
    )
  })
})
