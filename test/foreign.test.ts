/** Somebody else's lessons, in a folder elsewhere: built, proofread, verified and served like ours. */
import { mkdirSync, readdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { needsSandbox } from './harness/needs.ts'
import { expectOneLine, useHome } from './harness/running.ts'
import { runModule } from './harness/verify.ts'

const root = join(import.meta.dirname, '..')
const home = useHome()

const SERVER = `/** Listens on any port that is free. */
// #region listen
import { createServer } from 'node:net'

const server = createServer()
server.listen(0, '127.0.0.1', () => console.log('ready'))
// #endregion listen
`
const CHECKS = `import type { Check } from 'reuseport-playground/checks'

export const oneListens: Check = ({ listeners }) => listeners.length === 1 || 'Nobody listens.'
`
const FIRST = `---
title: The first {{ one }}
description: A server on <any> port.
---

# The first

<<< ./server.ts#listen

\`\`\`console pane=server running
$ node server.ts
ready
\`\`\`

::: check one-listens
A socket listens.
:::

\`\`\`console pane=server
^C
[130]
\`\`\`

On to [the second](./02-second.md).
`
const SECOND = `---
title: The second
description: The same script once more.
---

# The second

<<< ./server.ts#listen

\`\`\`console
$ node --check server.ts
\`\`\`
`
const COURSE = `title: A day of {{ one }} port
description: By <b>somebody</b> else.
mark: sun.svg
`
const SUN = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><circle cx="4" cy="4" r="4"/></svg>'

const FLAT = {
  'server.ts': SERVER,
  'checks.ts': CHECKS,
  '01-first.md': FIRST,
  '02-second.md': SECOND,
  'course.yaml': COURSE,
  'sun.svg': SUN,
  'README.md': '# For trainers\n\n```console\n$ false\n```\n',
}
const TREE = {
  'docs/course.yaml': `${COURSE}parts:\n  - title: Morning\n    lessons: [20-alone]\n`,
  'docs/sun.svg': SUN,
  'docs/lessons/20-alone.md': FIRST.replace(/\nOn to .*/, '').replace('./', '@/../lessons/20-alone/'),
  'lessons/20-alone/server.ts': SERVER,
  'lessons/20-alone/checks.ts': CHECKS,
}

function write(files: Record<string, string>): string {
  const folder = join(home.folder, 'course')
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), text)
  }
  return folder
}

describe.each<[string, Record<string, string>, string[]]>([
  ['pages with the scripts that they share', FLAT, ['01-first', '02-second']],
  ['a tree like ours', TREE, ['20-alone']],
])('%s', (_, files, slugs) => {
  test('builds: its own home, title, mark and lessons, and none of ours', async () => {
    write(files)
    const { ended, text } = home.run(root, './build.ts', '--lessons', 'course', '--out', 'site')
    expect(await ended, text()).toBe(0)
    const page = (name: string) => readFileSync(join(home.folder, 'site', `${name}.html`), 'utf8')
    const built = readdirSync(join(home.folder, 'site/lessons')).filter(name => name.endsWith('.html'))
    expect(built).toEqual(slugs.map(slug => `${slug}.html`))
    const start = page('index')
    expect(start).toContain('<title>A day of {{ one }} port</title>')
    expect(start).toContain('By &lt;b&gt;somebody&lt;/b&gt; else.')
    expect(start).toContain('href="/sun.svg"')
    expect(start).toContain(`href="/lessons/${slugs[0]}"`)
    expect(start).not.toMatch(/SO_REUSEPORT|bind-conflict/)
    const lesson = page(`lessons/${slugs[0]}`)
    expect(lesson).toContain('createServer')
    expect(lesson).toContain('one-listens')
  })

  test('reads well', async () => {
    write(files)
    // What it finds is on standard output; beside it the site's builder may say that the machine is slow.
    const found = await runModule('./authoring/proofread.ts', ['--lessons', join(home.folder, 'course')])
    expect(found).toMatchObject({ status: 0, out: '' })
    writeFileSync(
      join(home.folder, 'course', Object.keys(files).find(name => /\d.*md$/.test(name))!),
      `${FIRST}\n[x](./none.md)\n`,
    )
    const again = home.run(root, './authoring/proofread.ts', '--lessons', 'course')
    expect(await again.ended).toBe(1)
    expect(again.text()).toMatch(/^course\/\S+\.md:\d+: the link `\.\/none\.md` leads nowhere; /m)
  })

  test('is verified', async context => {
    await needsSandbox(context)
    write(files)
    const { ended, text } = home.run(root, './authoring/verify.ts', '--lessons', 'course')
    expect(await ended, text()).toBe(0)
    expect(text()).toMatch(/^verify: course\/\S*checks\.ts runs as your own program.*\n(?!.*exports)/)
    expect(text()).toMatch(/\n[34] passed, 0 failed, 0 skipped\n$/)
  })

  test('is served, and follows what is saved', async () => {
    const folder = write(files)
    const { printed, child, ended } = home.run(root, './main.ts', '--port', '0', '--lessons', 'course')
    const [, origin] = await printed(/(http:\S+)\/#key=/)
    await printed(/course: its pages and checks run as your own programs, .*trust its author/)
    const module = async () => (await fetch(`${origin}/lessons/${slugs[0]}.md`)).text()
    await expect.poll(async () => (await fetch(`${origin}/lessons/${slugs[0]}`)).status).toBe(200)
    await expect.poll(module).toContain('# The first')
    const page = Object.keys(files).find(name => name.endsWith(`${slugs[0]}.md`))!
    writeFileSync(join(folder, page), files[page]!.replace('# The first', '# The very first'))
    await expect.poll(module).toContain('The very first')
    child.kill('SIGTERM')
    expect(await ended).toBe(0)
  })
})

test('ours behind theirs', async () => {
  write(TREE)
  const { ended, text } = home.run(root, './build.ts', '--lessons', 'course', '--with-ours', '--out', 'site')
  expect(await ended, text()).toBe(0)
  const start = readFileSync(join(home.folder, 'site/index.html'), 'utf8')
  expect(start.indexOf('lessons/20-alone')).toBeLessThan(start.indexOf('lessons/01-bind-conflict'))
})

const build = () => home.run(root, './build.ts', '--lessons', 'course', '--out', 'site')

describe('what a folder must not be is one line', () => {
  const cases: [string, Record<string, string>, RegExp, (() => void)?][] = [
    ['not there', {}, /^build: \S+\/course: there is no such folder; give one with lessons in it\n$/],
    [
      'without a lesson',
      { 'first.md': FIRST },
      /^build: \S+\/course: there is no lesson in it; name pages NN-slug\.md: 01-first\.md\n$/,
    ],
    [
      'with a snippet from outside',
      { ...FLAT, '01-first.md': FIRST.replace('./server.ts', '../../etc/passwd') },
      /^build: \S+\/01-first\.md: <<< \.\.\/\.\.\/etc\/passwd leads out of its folder; put the script into it\n$/,
    ],
    [
      'a tree with a snippet from outside',
      { ...TREE, 'docs/lessons/20-alone.md': FIRST.replace('./server.ts', '@/../../secret.ts') },
      /^build: \S+\/20-alone\.md: <<< @\/\.\.\/\.\.\/secret\.ts leads out of its folder; .*\n$/,
    ],
    [
      'with a link to elsewhere',
      FLAT,
      /^build: \S+\/course\/key is a link; put the file itself there\n$/,
      () => symlinkSync('/etc/passwd', join(home.folder, 'course/key')),
    ],
    [
      'with a wrong course.yaml',
      { ...FLAT, 'course.yaml': 'titel: x\n' },
      /^build: \S+\/course\/course\.yaml:1: titel: no such key; there are title, description, mark, parts, paths\n$/,
    ],
    [
      'whose course.yaml names a page that is not there',
      { ...FLAT, 'course.yaml': `${COURSE}parts:\n  - title: A\n    lessons: [01-first, 03-none]\n` },
      /^build: \S+\/course\.yaml: there is no page 03-none\.md; write it, or say \{ slug, title, about \} .*\n$/,
    ],
    [
      'without its mark',
      FLAT,
      /^build: \S+\/sun\.svg: there is no such file; put the mark of the course there\n$/,
      () => renameSync(join(home.folder, 'course/sun.svg'), join(home.folder, 'sun.svg')),
    ],
  ]
  test.each(cases)('%s', async (_, files, line, change) => {
    write(files)
    change?.()
    const { ended, text } = build()
    expect(await ended).toBe(2)
    expect(text()).toMatch(line)
  })

  test('and an option that is none', async () => {
    await expectOneLine(
      home.run(root, './build.ts', '--lesson', 'x'),
      /^build: Unknown option '--lesson'; npm run build -- --help lists the options\n$/,
    )
  })
})
