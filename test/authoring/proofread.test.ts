import { execFile } from 'node:child_process'
import path from 'node:path'
import { promisify } from 'node:util'
import { beforeAll, describe, expect, test } from 'vitest'
import { proofread, readFiles } from '../../playground/authoring/proofread.ts'
import { problemText } from '../../playground/authoring/report-text.ts'
import { readSite } from '../../playground/authoring/site-anchors.ts'
import { ROOT } from '../../playground/course/places.ts'

let site: Awaited<ReturnType<typeof readSite>>
beforeAll(async () => {
  site = await readSite(ROOT)
}, 60_000)

const PAGE = 'docs/lessons/01-a.md'
const SCRIPT = 'lessons/01-a/server.ts'
const shown = '<<< @/../lessons/01-a/server.ts\n'
const run = fence('$ node server.ts\n')

/** What is said of a repository of these files, with its place in front: `3: what`. */
function found(files: Record<string, string>): string[] {
  const { problems } = proofread(new Map(Object.entries(files)), site.anchorsOf)
  return problems.map(({ file, line, what }) =>
    file === PAGE ? `${line}: ${what}` : `${file}:${line}: ${what}`,
  )
}

function fence(body: string, words = ''): string {
  return `\`\`\`console${words}\n${body}\`\`\`\n\n`
}

test('the pages of this repository have no finding', async () => {
  const { anchorsOf, settings } = site
  expect(proofread(await readFiles(ROOT), anchorsOf, settings).problems.map(problemText)).toEqual([])
})

test('a wrong choice without a reason is a note, and on a page that gives reasons a finding', () => {
  const ask = (reason: string) =>
    `::: predict\nOne?\n\n- Yes <!-- right -->\n- No\n${reason}- Never\n\n:::\n\n${fence('$ true\n')}`
  const read = (page: string) => proofread(new Map([[PAGE, page]]), site.anchorsOf)
  const none = read(ask(''))
  expect(none.problems).toEqual([])
  expect(none.notes.map(problemText)).toEqual([
    `${PAGE}:1: 2 wrong choices do not say why; write a sentence behind \`  > \`, straight below the choice`,
  ])
  const some = read(ask('  > It is one.\n'))
  expect(some.notes).toEqual([])
  expect(some.problems.map(({ line, what }) => `${line}: ${what}`)).toEqual([
    '1: a wrong choice does not say why',
  ])
  expect(read(ask('  > It is one.\n').replace('- Never', '- Never\n  > It is.'))).toEqual({
    problems: [],
    notes: [],
  })
})

type Row = [mistake: string, files: Record<string, string>, says: string, mended: Record<string, string>]

describe('code and scripts', () => {
  const files = (page: string, more: Record<string, string> = {}) => ({ [SCRIPT]: '', [PAGE]: page, ...more })
  const start = "import './workers.ts'\n"
  const both = `${shown}\n<<< @/../lessons/01-a/workers.ts\n\n`
  const py = '<<< @/../lessons/01-a/b.py\n\n'

  test.each<Row>([
    [
      'a snippet that nothing runs',
      files(shown),
      '1: no transcript of this page runs server.ts',
      files(shown + run),
    ],
    [
      'a command that names another file',
      files(shown + fence('$ node my-server.ts; node server.tsx\n[1]\n')),
      '1: no transcript of this page runs server.ts',
      files(shown + fence('$ strace -f node ./server.ts --port 1\n')),
    ],
    [
      'a file that only a comment imports',
      files(both + run, { [SCRIPT]: `/** ${start} */\n// ${start}`, 'lessons/01-a/workers.ts': 'x' }),
      '3: no transcript of this page runs workers.ts',
      files(both + run, { [SCRIPT]: start, 'lessons/01-a/workers.ts': 'x' }),
    ],
    [
      'a Python module that only a comment imports',
      files(py + fence('$ python3 a.py\n'), {
        [SCRIPT]: 'b',
        'lessons/01-a/b.py': 'b',
        'lessons/01-a/a.py': '# import b\n',
      }),
      '1: no transcript of this page runs b.py',
      {
        [PAGE]: `${py}<<< @/../lessons/01-a/a.py\n\n${fence('$ python3 a.py\n')}`,
        'lessons/01-a/b.py': 'b',
        'lessons/01-a/a.py': 'from b import c\n',
      },
    ],
    [
      'a Python module that a web server is not told to load',
      { [PAGE]: py + fence('$ server my-b:wsgi b:8080 ./b\n'), 'lessons/01-a/b.py': 'b' },
      '1: no transcript of this page runs b.py',
      { [PAGE]: py + fence('$ server b:wsgi\n'), 'lessons/01-a/b.py': 'b' },
    ],
    [
      'a child script whose name nobody makes',
      files(both + run, { [SCRIPT]: "start('workers')", 'lessons/01-a/workers.ts': 'x' }),
      '3: no transcript of this page runs workers.ts',
      files(both + run, {
        [SCRIPT]: `for (const name of ['workers']) start(name + \`\${'$'}{name}.ts\`)`,
        'lessons/01-a/workers.ts': 'x',
      }),
    ],
    [
      'a manifest that no test reads',
      files('<<< @/../lessons/01-a/pod.yaml\n', { [SCRIPT]: 'x', 'lessons/01-a/pod.yaml': 'x' }),
      '1: no test reads pod.yaml',
      files('<<< @/../lessons/01-a/pod.yaml\n', {
        [SCRIPT]: 'x',
        'lessons/01-a/pod.yaml': 'x',
        'test/scripts-01.test.ts': "read('lessons/01-a/pod.yaml')",
      }),
    ],
    [
      'pasted code',
      files('```ts\nx\n```\n'),
      '1: code that is no snippet, so nothing runs it',
      files(shown + run),
    ],
    [
      'pasted Python',
      files('```python [a.py]\nx\n```\n'),
      '1: code that is no snippet, so nothing runs it',
      files(shown + run),
    ],
    [
      'a script that no page shows',
      files(run),
      `${SCRIPT}:1: a script that no page shows`,
      files(`${shown}#part\n\n${run}`),
    ],
    [
      'a script that differs from the one that is shown',
      files(shown + run, { [SCRIPT]: 'x', 'lessons/02-b/server.ts': 'y' }),
      'lessons/02-b/server.ts:1: a script that no page shows',
      files(shown + run, { [SCRIPT]: 'x', 'lessons/02-b/server.ts': 'x', 'lessons/02-b/checks.ts': 'y' }),
    ],
  ])('%s', (_, files, says, mended) => {
    expect(found(files)).toContain(says)
    expect(found(mended)).toEqual([])
  })
})

describe('links', () => {
  const nowhere = (target: string) => `1: the link \`${target}\` leads nowhere`
  const pages = (page: string) => ({
    [PAGE]: `${page}\n\n## 7. Last *one*\n`,
    'docs/words.md': '# Words\n\n## Port\n\n## Port\n',
    'docs/public/a.png': '',
    LICENSE: '',
    'lessons/01-a/checks.ts': '',
  })

  test.each<[mistake: string, dead: string, says: string, live: string]>([
    ['a page', '[a](../word.md)', nowhere('../word.md'), '[a](../words.md)'],
    ['a page without ending', '[a](/word)', nowhere('/word'), '[a](/words)'],
    ['a page by reference', '[a]\n\n[a]: ../word.md', nowhere('../word.md'), '[a]\n\n[a]: ../words.md'],
    [
      'a file outside of the site',
      '[a](../../LICENSE)',
      nowhere('../../LICENSE'),
      '[a](https://example.org/LICENSE)',
    ],
    ['a picture', '![a](/b.png)', nowhere('/b.png'), '![a](/a.png)'],
    ['HTML', '<img\n src="/b.png">', '2: the link `/b.png` leads nowhere', '<img\n src="/a.png">'],
    [
      'in the middle of text',
      'a\n<a href="b">a</a>',
      '2: the link `b` leads nowhere',
      'a\n<a href="../words">a</a>',
    ],
    [
      'an anchor of the page',
      '[a](#last-one)',
      `1: \`#last-one\`: ${PAGE} has no heading with the id \`last-one\``,
      '[a](#_7-last-one)',
    ],
    [
      'an anchor of another page',
      '[a](../words.md#ports)',
      '1: `../words.md#ports`: docs/words.md has no heading with the id `ports`',
      '[a](../words.md#port-1)',
    ],
    ['frontmatter', '---\nlink: /word\n---', '2: the link `/word` leads nowhere', '---\nlink: /words\n---'],
  ])('%s', (_, dead, says, live) => {
    expect(found(pages(dead))).toEqual([says])
    expect(found(pages(live))).toEqual([])
  })

  test.each<[file: string, dead: string, says: string, live: string]>([
    ['README.md', '[a](b.md)', 'the link `b.md` leads nowhere', '[a](docs/words.md), [b](lessons/)'],
    [
      'CONTRIBUTING.md',
      '[a](#_7-how-so)\n\n## 7. How so?',
      '`#_7-how-so`: CONTRIBUTING.md has no heading with the id `_7-how-so`',
      '[a](#7-how-so)\n\n## 7. How so?',
    ],
    [
      '.vitepress/theme/A.vue',
      '<a :href="withBase(\'/word\')">',
      'the link `/word` leads nowhere',
      '<a href="/words#port">',
    ],
  ])('%s', (file, dead, says, live) => {
    expect(found({ ...pages(''), [file]: dead })).toEqual([`${file}:1: ${says}`])
    expect(found({ ...pages(''), [file]: live })).toEqual([])
  })
})

describe('numbers', () => {
  const nothing = (number: string, line = 3) => `${line}: nothing beside it backs ${number}`
  const page = (body: string) => ({
    [PAGE]: `## One\n\n${body}\n`,
    'docs/lessons/02-b.md': `# B\n\n${fence('$ echo 77\n77\n')}`,
    [SCRIPT]: '// 31\n// #region a\nlisten(32)\n// #endregion a\n// 33\n',
  })
  const echo = fence('$ echo -n 400 127.0.0.1:8080 | grep p99\n<a:10..20> 1_000 and 2.5\n[3]\n')

  test.each<[mistake: string, bad: string, says: string[], mended: string]>([
    ['no transcript', 'It took 400 ms.', [nothing('400')], `It took 400 ms.\n\n${echo}`],
    ['another section', `400\n\n## Two\n\n${echo}`, [nothing('400')], `400\n\n${echo}\n\n## Two`],
    ['a line below', `a\nb 401 c\n\n${echo}`, [nothing('401', 4)], `a\nb 400 c\n\n${echo}`],
    [
      'a list and a table',
      '- 7\n\n| 8 | 9 |\n|---|---|\n| a | 6 |',
      [nothing('7'), nothing('8', 5), nothing('9', 5), nothing('6', 7)],
      `- 400\n\n| 400 | 400 |\n|---|---|\n| a | 400 |\n\n${echo}`,
    ],
    [
      'beyond a range',
      `From 9 to 21.\n\n${echo}`,
      [nothing('9'), nothing('21')],
      `From 10 to 20.\n\n${echo}`,
    ],
    [
      'within a range that is too wide',
      `5 of 9\n\n${fence('$ x\n<1..9>\n')}`,
      [nothing('5')],
      `4 of 9, not 3\n\n${fence('$ x\n<3..9>\n')}`,
    ],
    [
      'part of another number',
      `1 and 2 and 99\n\n${echo}`,
      [nothing('1'), nothing('2'), nothing('99')],
      `1,000 and 1 000 and 2.5\n\n${echo}`,
    ],
    ['a status', `It ends with 4.\n\n${echo}`, [nothing('4')], `It ends with 3.\n\n${echo}`],
    [
      'a status that is not written',
      `It ends with 0.\n\n${echo}`,
      [nothing('0')],
      `It ends with 0.\n\n${fence('$ true\n')}`,
    ],
    [
      'outside of the region',
      `33\n\n${shown.trim()}#a\n\n${run}`,
      [nothing('33')],
      `32\n\n${shown.trim()}#a\n\n${run}`,
    ],
    [
      'a wrong choice',
      `7 of 8\n\n::: predict\nA?\n\n- 7\n- 8 <!-- right -->\n\n:::\n\n${fence('$ true\n')}`,
      [nothing('7')],
      `8 of 8\n\n::: predict\nA?\n\n- 7\n- 8 <!-- right -->\n\n:::\n\n${fence('$ true\n')}`,
    ],
    [
      'a question',
      `::: predict\n3 of 5?\n\n- 7\n- 8 <!-- right -->\n\n:::\n\n${echo}`,
      [nothing('5', 4)],
      `::: predict\n3 of 400?\n\n- 7\n- 8 <!-- right -->\n\n:::\n\n${echo}`,
    ],
    ['a check', '5\n\n::: check a\n6\n:::', [nothing('5')], '6\n\n::: check a\n6\n:::'],
    [
      'an exercise',
      '<details>\n<summary>5?</summary>\n\n6\n\n</details>',
      [nothing('6', 6)],
      '<details>\n<summary>5?</summary>\n\n5\n\n</details>',
    ],
    [
      'no source',
      '9 [a](../b.md)',
      [nothing('9'), '3: the link `../b.md` leads nowhere'],
      '9 [a](https://example.org)',
    ],
    ['a lesson that does not show it', '78 of [b](./02-b.md)', [nothing('78')], '77 of [b](./02-b.md#b)'],
    ['code', 'It is 5.', [nothing('5')], 'It is `5`.'],
    ['a lesson', 'lesson 5', [nothing('5')], 'Lesson 09, lessons 10, 12 and 13'],
    ['a heading', 'number 8\n\n## 7. Seven', [nothing('8')], 'number 7\n\n- number 7\n\n## 7. Seven'],
    [
      'an address',
      `127.0.0.2\n\n${echo}`,
      [nothing('127.0.0.2')],
      `127.0.0.1:8080 and port 8080\n\n## Two\n\n${echo}`,
    ],
    ['a port', `port 8081\n\n## Two\n\n${echo}`, [nothing('8081')], `port 8080\n\n## Two\n\n${echo}`],
    [
      'a version and a year',
      'Linux 5.14, 2014\n\n## Sources\n\n- Linux 5.14\n- [a](https://example.org) 2013',
      [nothing('5.14'), nothing('2014'), nothing('5.14', 7)],
      'Linux 5.14, 2014\n\n## Sources\n\n- Linux 5.14, [a](https://example.org) 2014',
    ],
    [
      'a sum of what nothing shows',
      `800 <!-- number: 2 * 400 -->\n\n${echo}`,
      ['3: nothing backs the 2 of `2 * 400`', nothing('800')],
      `1,200 <!-- number: 3 × 400 -->\n\n${echo}`,
    ],
    [
      'a wrong sum',
      `7 <!-- number: 400 - 3 -->\n\n${echo}`,
      ['3: `400 - 3` gives 397, which needs no backing here', nothing('7')],
      `397 <!-- number: 400 − 3 -->\n\n${echo}`,
    ],
    [
      'no sum',
      `7 <!-- number: known -->\n\n${echo}`,
      ['3: `known` is no sum', nothing('7')],
      `0.40 <!-- number: 400 / 1000 -->\n\n${echo}`,
    ],
    [
      'a sum too many',
      `400 <!-- number: 400 + 0 -->\n\n${fence('$ echo 400\n400\n')}`,
      ['3: `400 + 0` gives 400, which needs no backing here'],
      `800 <!-- number: (400 + 0) + 400 -->\n\n${fence('$ echo 400\n400\n')}`,
    ],
  ])('%s', (_, bad, says, mended) => {
    const numbers = (files: Record<string, string>) => found(files).filter(text => !text.startsWith(SCRIPT))
    expect(numbers(page(bad))).toEqual(says)
    expect(numbers(page(mended))).toEqual([])
  })
})

test('a mistake that keeps a page from being read is a finding, too', () => {
  expect(found({ [PAGE]: fence('$ \n') })).toEqual(['2: an empty command'])
})

test('the command', async () => {
  const file = path.join(ROOT, 'playground/authoring/proofread.ts')
  const start = (...args: string[]) => promisify(execFile)(process.execPath, [file, ...args])
  expect((await start('--help')).stdout).toMatch(/^npm run proofread \[-- --lessons DIR\]\n/)
  await expect(start('all')).rejects.toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/^proofread: .*\n$/),
  })
})
