import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Report } from '../../playground/authoring/report.ts'
import { parseVerifyOptions } from '../../playground/authoring/verify-options.ts'
import { parseLesson } from '../../playground/format/lesson.ts'
import { needsSandbox } from '../harness/needs.ts'
import { type Ended, verify, verifyWith } from '../harness/verify.ts'

let base: string
beforeAll(async () => {
  base = await mkdtemp(path.join(os.tmpdir(), 'playground-test-'))
  await writeFile(
    path.join(base, 'server.ts'),
    "// #region greet\nconsole.log('hello')\n// #endregion greet\n",
  )
})
afterAll(() => rm(base, { recursive: true, force: true }))

let pages = 0
async function writePage(text: string): Promise<string> {
  const page = path.join(base, `page-${pages++}.md`)
  await writeFile(page, text)
  return page
}

const fence = (body: string, words = '') => `# Page\n\n\`\`\`console ${words}\n${body}\n\`\`\`\n`

test('a page anywhere on disk, with the scripts beside it', async context => {
  await needsSandbox(context)
  const page = await writePage(`<<< ./server.ts#greet\n\n${fence('$ node server.ts\nhello')}`)
  expect(await verify(page)).toMatchObject({
    status: 0,
    error: '',
    out: expect.stringMatching(
      /✓ +5 .*node server\.ts\nproven on Linux .*\n1 passed, 0 failed, 0 skipped\n$/,
    ),
  })
})

test('what a page leaves behind is removed, whatever it is', async context => {
  await needsSandbox(context)
  const deep = `for (let at = 0; at < 50; at++) { fs.mkdirSync('d'.repeat(100)); process.chdir('d'.repeat(100)) }`
  const page = await writePage(fence(`$ node -e "${deep}"; mkdir -p a/b; chmod 0 a/b a`))
  const temporary = await mkdtemp(path.join(base, 'tmp-'))
  expect(await verifyWith({ TMPDIR: temporary }, page)).toMatchObject({ status: 0, error: '' })
  expect(await readdir(temporary)).toEqual([])
})

test('of what ends its sandbox it says why, and status 2', async context => {
  await needsSandbox(context)
  const page = await writePage(fence('$ touch {1..10001}; read -r'))
  const { status, error } = await verify(page)
  expect(error).toBe(`verify: ${page}: The workspace holds more than 10000 files and folders: start over.\n`)
  expect(status).toBe(2)
})

test('what is not true: file, line, and both sides', async context => {
  await needsSandbox(context)
  const page = await writePage(fence('$ node server.ts\ngoodbye'))
  const { status, out } = await verify(page)
  expect(status).toBe(1)
  expect(out).toContain(`${page}:5: `)
  expect(out).toMatch(/expected +│ +printed\n +! goodbye +│ ! hello\n/)
  expect(out).toMatch(/0 passed, 1 failed, 0 skipped\n$/)
})

test('what cannot be run here is skipped, which is no failure', async context => {
  await needsSandbox(context)
  const page = await writePage(fence('$ true') + fence('$ no-such-program', 'requires=no-such-program'))
  const reason = 'needs no-such-program; install it with: sudo apt-get install no-such-program'
  const lax = await verify('--no-strict', '--reporter', 'github', page)
  expect(lax.status).toBe(0)
  expect(lax.out).toContain(`skipped: ${reason}`)
  expect(lax.out).toContain(
    `::warning file=${page},line=8,title=shell%3A no-such-program::skipped: ${reason}\n`,
  )
  expect(lax.out).toMatch(/\n1 passed, 0 failed, 1 skipped\n/)

  const strict = await verify('--strict', '--reporter', 'github', page)
  expect(strict.status).toBe(1)
  expect(strict.out).toContain(
    `::error file=${page},line=8,title=shell%3A no-such-program::this cannot run: it ${reason}\n`,
  )
  expect(strict.out).toMatch(/\n1 passed, 1 failed, 0 skipped\n/)
})

test('what the page declares for another machine is not applicable, which is no failure', async context => {
  await needsSandbox(context)
  const page = await writePage(fence('$ true') + fence('$ false', 'requires=linux-999.0,no-such-program'))
  const { status, out } = await verify('--strict', '--reporter', 'github', page)
  expect(status).toBe(0)
  const reason = `needs Linux 999.0 or newer; this is ${os.release()}`
  expect(out).toContain(`::notice file=${page},line=8,title=shell%3A false::not applicable: ${reason}\n`)
  expect(out).toMatch(/\n1 passed, 0 failed, 0 skipped, 1 not applicable\n/)
})

test.each(['no-such-program', 'linux-999.0'])(
  'a page of which nothing runs proves nothing: %s',
  async word => {
    const page = await writePage(fence('$ true', `requires=${word}`))
    const { status, error } = await verify('--no-strict', page)
    expect(status).toBe(1)
    expect(error).toBe(
      `${page}: nothing of this page has run, so nothing is proven; run it on a machine that has what it needs\n`,
    )
  },
)

test('for a slow machine more time is given, and no bound on time is judged, which is said', async context => {
  await needsSandbox(context)
  const page = await writePage(fence('$ sleep 1.5; echo 4 in 900 ms\n4 in <1..2> ms', 'timeout=1'))
  expect((await verify(page)).status).toBe(1)
  const { status, out } = await verify('--slow', '10', page)
  expect(out).toMatch(/✓ +3 .* 1 bounds on time not judged\n/)
  expect(out).toMatch(/\n1 passed, 0 failed, 0 skipped, 1 bounds on time not judged: the machine is slow\n$/)
  expect(status).toBe(0)
  const report: Report = JSON.parse((await verify('--slow', '10', '--reporter', 'json', page)).out)
  expect(report).toMatchObject({ slow: 10, pages: [{ transcripts: [{ state: 'passed', unjudged: 1 }] }] })
})

test('a page without a transcript is a warning', async context => {
  await needsSandbox(context)
  const page = await writePage('# Page\n')
  expect(await verify(page)).toMatchObject({
    status: 0,
    error: `${page}: this page has no transcript, so nothing is verified; write what the reader is to run into a \`\`\`console fence\n`,
  })
})

test('a program that is not installed, and letters that only look alike', async context => {
  await needsSandbox(context)
  const page = await writePage(fence('$ no-such-program\nx'))
  expect((await verify(page)).out).toMatch(
    /:5: .*; no-such-program is not installed here: write requires=no-such-program on the fence\n/,
  )
  const alike = await writePage(fence("$ echo '\u00e9'\ne\u0301"))
  expect((await verify(alike)).out).toMatch(
    /:5: expected .*; they look alike, but the one has U\+0065 where the other has U\+00E9\n/,
  )
})

test('a page that is named twice runs once', async context => {
  await needsSandbox(context)
  const page = await writePage(fence('$ true'))
  expect((await verify(page, path.relative('.', page))).out).toMatch(/\n1 passed, 0 failed, 0 skipped\n$/)
})

test('from a fence that says `alone` to its end a page runs beside no other', async context => {
  await needsSandbox(context)
  // What a page prints is in the report where it expects something else: here when its last part began and ended.
  const clock = "cut -d ' ' -f 1 /proc/uptime"
  const timed = (info: string) =>
    `\`\`\`console${info}\n$ began=$(${clock}); sleep 0.5; echo "$began $(${clock})"\nnever\n\`\`\`\n`
  const first = fence(`$ sleep 0.2; ${clock} > began`)
  const pages = [first + timed(' alone'), timed(''), first + timed(' alone'), timed(''), timed('')]
  const files = await Promise.all(pages.map(writePage))
  const { status, out } = await verify('--reporter', 'json', ...files)
  expect(status).toBe(1)
  const times = (JSON.parse(out) as Report).pages.map(({ file, transcripts }) => {
    const { failures } = transcripts.at(-1)!
    const [began, ended] = failures[0]!.actual![0]!.text.split(' ').map(Number)
    return { file: path.resolve(file), began: began!, ended: ended! }
  })
  expect(times.map(({ file }) => file)).toEqual(files)
  for (const one of [0, 2]) {
    for (const other of times.filter((_, index) => index !== one)) {
      const apart = other.ended <= times[one]!.began || other.began >= times[one]!.ended
      expect(apart, JSON.stringify([times[one], other])).toBe(true)
    }
  }
})

describe('a lesson in a tree of its own', () => {
  const frontmatter = (more = '') => `---\ntitle: A\ndescription: A page.\n${more}---\n\n`
  let tree: string
  beforeAll(async () => {
    tree = await mkdtemp(path.join(base, 'tree-'))
    await mkdir(path.join(tree, 'docs/lessons'), { recursive: true })
    await mkdir(path.join(tree, 'lessons/01-a'), { recursive: true })
    await writeFile(
      path.join(tree, 'lessons/01-a/hello.ts'),
      "// #region greet\nconsole.log('hi')\n// #endregion greet\n",
    )
  })

  async function lesson(name: string, text: string): Promise<string> {
    const file = path.join(tree, 'docs/lessons', name)
    await writeFile(file, text)
    return file
  }

  test('has its scripts in lessons/NN-slug, and @ is its docs', async context => {
    await needsSandbox(context)
    const text = `${frontmatter()}<<< @/../lessons/01-a/hello.ts#greet\n\n${fence('$ node hello.ts\nhi')}`
    expect(await verify(await lesson('01-a.md', text))).toMatchObject({ status: 0, error: '' })
  })

  const wrong: [what: string, name: string, text: string, line: string][] = [
    [
      'no frontmatter',
      '02-b.md',
      '# T\n',
      ':1: the frontmatter has no title; write title: TEXT, between the two --- lines at the top',
    ],
    [
      'no description',
      '02-b.md',
      '---\ntitle: A\n---\n',
      ':1: the frontmatter has no description; write description: TEXT, one sentence, between the two --- lines at the top',
    ],
    [
      'an empty title',
      '02-b.md',
      '---\ntitle: ""\ndescription: B\n---\n',
      ':2: a bad title; write title: TEXT',
    ],
    [
      'a description that is a list',
      '02-b.md',
      '---\ntitle: A\ndescription:\n  - B\n---\n',
      ':4: a bad description; write description: TEXT, one sentence',
    ],
    [
      'frontmatter that is no YAML',
      '02-b.md',
      '---\ntitle: A\ndescription: b: c\n---\n',
      ':3: the frontmatter is no YAML: Nested mappings are not allowed in compact mappings; write KEY: VALUE, and quotes around a value with `: `',
    ],
    [
      'a name without a number',
      'b.md',
      frontmatter(),
      ': a lesson whose name gives it no place and no address; name it NN-slug.md: two digits, then lowercase letters, digits and `-`, up to 64 characters',
    ],
    [
      'a number that another lesson has',
      '01-b.md',
      frontmatter(),
      ': 01-a.md has the number 01, too; give one of them another number',
    ],
    [
      'a slug that another lesson has',
      '02-a.md',
      frontmatter(),
      ': 01-a.md has the same slug; give one of them another slug',
    ],
    [
      'a script that its folder does not have',
      '02-b.md',
      `${frontmatter()}${fence('$ node hello.ts')}`,
      ':9: the command runs hello.ts, but TREE/lessons/02-b has no such file; write the script, or correct its name',
    ],
  ]

  describe('each wrong in another one, all of them in one run', () => {
    let ended: Ended
    const treeOf = (index: number) => path.join(tree, `wrong-${index}`)
    beforeAll(async () => {
      const pages = wrong.map(async ([, name, text], index) => {
        const lessons = path.join(treeOf(index), 'docs/lessons')
        await mkdir(lessons, { recursive: true })
        await writeFile(path.join(lessons, '01-a.md'), `${frontmatter()}${fence('$ true')}`)
        await writeFile(path.join(lessons, name), text)
        return path.join(lessons, name)
      })
      ended = await verify(...(await Promise.all(pages)))
    })

    test.each(wrong.map((row, index) => [...row, index] as const))('%s', (_, name, __, line, index) => {
      const file = path.join(treeOf(index), 'docs/lessons', name)
      expect(ended.error.split('\n').find(each => each.startsWith(`${file}:`))).toBe(
        `${file}${line.replace('TREE', treeOf(index))}`,
      )
    })

    test('nothing runs', () => {
      expect([ended.status, ended.out]).toEqual([2, ''])
    })
  })
})

test('a script that a command above makes, or that is to be missing, is no mistake', async context => {
  await needsSandbox(context)
  const made = 'echo "console.log(1)" > made.ts'
  const page = await writePage(fence(`$ ${made}\n$ node made.ts\n1\n$ node none.ts\n...\n[1]`))
  expect(await verify(page)).toMatchObject({ status: 0, error: '' })
})

describe('unusable input: one line that says which thing and what to do, and status 2', () => {
  const options = '; npm run verify -- --help lists the options'

  test('an option', async () => {
    expect(await verify('--fast')).toEqual({
      status: 2,
      out: '',
      error: `verify: unknown option --fast${options}\n`,
    })
  })

  test.each([
    ['a value for a switch', ['--update=yes'], '--update takes no value'],
    ['an option without its value', ['--reporter'], '--reporter needs a value'],
    [
      'an unknown reporter',
      ['--reporter', 'tap'],
      'there is no reporter tap: use default, github, junit, json',
    ],
    [
      '--output without a report',
      ['--output', 'x'],
      '--output is for a report: give --reporter junit or --reporter json, too, or --reporter NAME=FILE',
    ],
    [
      '--output with annotations',
      ['--output', 'x', '--reporter', 'github'],
      '--output is for a report: give --reporter junit or --reporter json, too, or --reporter NAME=FILE',
    ],
    [
      'a factor that makes nothing slower',
      ['--slow', '1'],
      '--slow takes a factor above 1, up to 100, such as 10',
    ],
    [
      '--slow with --update',
      ['--slow', '10', '--update'],
      '--update writes what is true at full speed: leave out --slow',
    ],
    ['an unknown language', ['--lang', 'rs'], '--lang takes ts, py, not rs'],
    ['an unknown sandbox', ['--sandbox', 'docker'], '--sandbox takes bwrap, unshare, none, not docker'],
    ['too often', ['--repeat', '0'], '--repeat takes a whole number from 1 to 1000'],
    [
      'two reports on standard output',
      ['--reporter', 'junit', '--reporter', 'github'],
      'two reporters would write to standard output: give one of them a file, --reporter junit=FILE',
    ],
    ['a reporter with an empty name of a file', ['--reporter', 'junit='], '--reporter junit= names no file'],
    [
      'a file for what is no report',
      ['--reporter', 'github=x'],
      '--reporter github writes to the terminal: leave out =x',
    ],
  ])('%s', (_, args, line) => {
    expect(() => parseVerifyOptions(args)).toThrow(expect.objectContaining({ message: `${line}${options}` }))
  })

  describe('pages, all of them in one run', () => {
    const wrong: Record<string, [page: () => Promise<string> | string, line: RegExp]> = {
      'a file that is not there': [
        () => path.join(base, 'none.md'),
        /none\.md: there is no such file; give the path of a Markdown page that you may read$/,
      ],
      'a folder without a page': [
        () => mkdtemp(path.join(base, 'empty-')),
        /: there is no page in this folder; give pages, as NAME\.md, or a folder of them$/,
      ],
      'a pattern that no page has': [
        () => path.join(base, 'none-*.md'),
        /none-\*\.md: no page matches; give pages, as NAME\.md, or a folder of them$/,
      ],
      'a line above all fences': [
        async () => `${await writePage(fence('$ true'))}:2`,
        /\.md:2: here, and above, is no transcript and no check; give 3, its first, or one further down$/,
      ],
      'a path through a file': [
        async () => `${await writePage(fence('$ true'))}/a.md`,
        /: there is no such file; give .+$/,
      ],
      'a link in a circle': [
        async () => {
          const link = path.join(base, 'circle.md')
          await symlink(link, link)
          return link
        },
        /: the link leads nowhere; give .+$/,
      ],
      'an empty file': [() => writePage(' \n'), /: the file is empty; write the page into it$/],
      'a file that is not UTF-8': [
        async () => {
          const page = await writePage('')
          await writeFile(page, Buffer.concat([Buffer.from('# é\n\n'), Buffer.from([0x61, 0xe9, 0x0a])]))
          return page
        },
        /:3: this is not UTF-8; save the file as UTF-8$/,
      ],
      'a mistake in a fence': [
        () => writePage(fence('$ true', 'pain=one')),
        /^.*page-\d+\.md:3: .*pain.*; .+$/,
      ],
      'an unclosed fence': [() => writePage('# Page\n\n```console\n$ true\n'), /^.*:3: .+; .+$/],
      'a snippet that is not there': [
        () => writePage(`# Page\n\n<<< ./none.ts\n\n${fence('$ true')}`),
        /:3: there is no file \.\/none\.ts; write it, or correct the path$/,
      ],
      'a region that is not there': [
        () => writePage(`# Page\n\n<<< ./server.ts#none\n\n${fence('$ true')}`),
        /:3: \.\/server\.ts has no region none; put it between `#region none` and `#endregion none`$/,
      ],
      'a region that does not end': [
        async () => {
          await writeFile(path.join(base, 'endless.ts'), '// #region all\n')
          return writePage(`# Page\n\n<<< ./endless.ts#all\n\n${fence('$ true')}`)
        },
        /:3: the region all of \.\/endless\.ts has no end; write `#endregion all` in a comment where it ends$/,
      ],
      'a program beside the page that is not there': [
        () => writePage(fence('$ true && ./client.sh --port 1')),
        /:4: the command runs \.\/client\.sh, but .+ has no such file; write the script, or correct its name$/,
      ],
      'a script that is not there': [
        () => writePage(fence('$ python3 -u ./none.py --port 1')),
        /:4: the command runs \.\/none\.py, but .+ has no such file; write the script, or correct its name$/,
      ],
    }
    const names = Object.keys(wrong)
    let pages: string[]
    let ended: Ended
    beforeAll(async () => {
      pages = await Promise.all(names.map(name => wrong[name]![0]()))
      ended = await verify(...pages)
    })

    test.each(names)('%s', name => {
      const mine = pages[names.indexOf(name)]!
      const lines = ended.error.split('\n').filter(line => line.startsWith(`${mine}:`))
      expect(lines).toEqual([expect.stringMatching(wrong[name]![1])])
    })

    test('nothing runs', () => {
      expect(ended.error.split('\n')).toHaveLength(names.length + 1)
      expect([ended.status, ended.out]).toEqual([2, ''])
    })
  })

  test('a file that may not be read', async context => {
    if (process.getuid?.() === 0) context.skip('root may read every file: run the tests as an ordinary user')
    const page = await writePage('# Page')
    await chmod(page, 0)
    expect(await verify(page)).toMatchObject({
      status: 2,
      error: expect.stringContaining(': it may not be read; '),
    })
  })
})

describe('reports', () => {
  test('--reporter github: text, in which nothing is obeyed, and annotations', async context => {
    await needsSandbox(context)
    const page = await writePage(fence("$ printf '::error::100%%\\n'\nx"))
    const { status, out } = await verify('--reporter', 'github', page)
    expect(status).toBe(1)
    const [stop, ...lines] = out.split('\n')
    const word = /^::stop-commands::(\S+)$/.exec(stop!)?.[1]
    expect(lines.slice(lines.indexOf(`::${word}::`))).toEqual([
      `::${word}::`,
      `::error file=${page},line=5,title=shell%3A printf '%3A%3Aerror%3A%3A100%25%25\\n'::expected \`x\`, got \`::error::100%25\`%0A  expected │   printed%0A! x        │ ! ::error::100%25`,
      expect.stringMatching(/^::stop-commands::/),
      '0 passed, 1 failed, 0 skipped',
      expect.stringMatching(/^::.*::$/),
      '',
    ])
  })

  test('--reporter json: one object on standard output, also for a mistake', async context => {
    await needsSandbox(context)
    const good = await writePage(fence('$ true'))
    const before = Date.now()
    const report = JSON.parse((await verify('--reporter', 'json', good)).out)
    expect(Date.parse(report.date)).toBeGreaterThanOrEqual(before)
    expect(Date.parse(report.date)).toBeLessThanOrEqual(Date.now())
    const { id } = parseLesson(await readFile(good, 'utf8'), good).transcripts[0]!
    expect(report).toMatchObject({
      version: 1,
      kernel: os.release(),
      ok: true,
      status: 0,
      problems: [],
      pages: [{ file: good, lang: null, transcripts: [{ id, line: 3, title: 'true', state: 'passed' }] }],
    })
    const bad = await writePage(fence('$ '))
    const { status, out } = await verify('--reporter', 'json', bad)
    expect(status).toBe(2)
    expect(JSON.parse(out)).toMatchObject({
      ok: false,
      status: 2,
      pages: [],
      problems: [{ severity: 'mistake', file: bad, line: 4 }],
    })
  })

  test('--output: the report in a file, text on the terminal', async context => {
    await needsSandbox(context)
    const output = path.join(base, 'report.xml')
    const page = await writePage(fence('$ true'))
    expect((await verify('--reporter', 'junit', '--output', output, page)).out).toMatch(
      /1 passed, 0 failed, 0 skipped\n$/,
    )
    expect(await readFile(output, 'utf8')).toContain(
      `<testcase name="line 3, shell: true" classname="${page}"`,
    )
    expect(await verify('--reporter', 'junit', '--output', base, page)).toMatchObject({
      status: 2,
      error: `verify: the report cannot be written to ${base} (EISDIR); give another file\n`,
    })
  })

  test('colours where they are wanted, and never with NO_COLOR', async context => {
    await needsSandbox(context)
    const page = await writePage(fence('$ true'))
    expect((await verifyWith({ FORCE_COLOR: '1', NO_COLOR: undefined }, page)).out).toContain('\x1b[32m✓')
    const plain = [
      { NO_COLOR: undefined, FORCE_COLOR: undefined },
      { NO_COLOR: '1', FORCE_COLOR: undefined },
    ]
    for (const env of plain) {
      const { out, error } = await verifyWith(env, page)
      expect(out + error).not.toContain('\x1b')
    }
  })
})

describe.each([
  ['SIGINT', []],
  ['SIGTERM', ['--update']],
] as const)('%s %s', (signal, options) => {
  test('ends everything, as Ctrl-C does: to the whole process group', async context => {
    await needsSandbox(context)
    const temp = await mkdtemp(path.join(base, 'tmp-'))
    // A number that no other program has on its command line.
    const word = `6${process.pid}.${Date.now() % 100_000}`
    // As long as it takes until the second page has begun, too.
    const page = fence(`$ sleep ${word}`, 'timeout=120')
    const pages = [await writePage(page), await writePage(page)]
    const child = spawn(
      process.execPath,
      ['playground/start.mjs', './authoring/verify.ts', ...options, ...pages],
      {
        env: { ...process.env, TMPDIR: temp },
        detached: true,
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    )
    let text = ''
    for (const stream of [child.stdout, child.stderr]) stream.on('data', chunk => (text += chunk))
    // Both, for pages run at the same time.
    await expect.poll(() => sleepers(word)).toHaveLength(2)
    process.kill(-child.pid!, signal)
    const [status] = await once(child, 'close')
    expect(status).toBe({ SIGINT: 130, SIGTERM: 143 }[signal])
    expect(await sleepers(word)).toEqual([])
    expect(await readdir(temp)).toEqual([])
    expect(text).toBe('')
    for (const file of pages) expect(await readFile(file, 'utf8')).toBe(page)
  })
})

/** Processes that run `sleep WORD`, wherever. */
async function sleepers(word: string): Promise<string[]> {
  const pids = (await readdir('/proc')).filter(name => /^\d+$/.test(name))
  const lines = await Promise.all(pids.map(pid => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')))
  return lines.filter(line => line === `sleep\0${word}\0`)
}
