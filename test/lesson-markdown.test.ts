import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createMarkdownRenderer, disposeMdItInstance } from 'vitepress'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { lessonMarkdown } from '../.vitepress/markdown/lesson-markdown.ts'
import { parseLesson } from '../playground/format/lesson.ts'
import type { Transcript } from '../playground/format/transcript.ts'

const customContainers = { lang: '', predict: '', 'often-said': '' }
let root: string
let markdown: ReturnType<typeof lessonMarkdown>
let render: (page: string) => Promise<string>

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'lesson-markdown-'))
})
afterAll(() => rm(root, { recursive: true }))

beforeEach(async () => {
  markdown = lessonMarkdown(root)
  // VitePress keeps one renderer for the process.
  disposeMdItInstance()
  const options = { include: false, container: { customContainers }, config: markdown.install }
  const md = await createMarkdownRenderer(join(root, 'docs'), options)
  render = page => md.renderAsync(page, { path: join(root, 'docs/lessons/01-x.md') })
})

describe('a console fence', () => {
  const page = [
    '---',
    'title: X',
    '---',
    '# X',
    '```console pane=a',
    '$ echo "<p>" {{ 1 }}',
    '<p> {{ 1 }}',
    '```',
    '```sh',
    '$ echo not mine',
    '```',
    '```console pane=a',
    '$ echo "<p>" {{ 1 }}',
    '<p> {{ 1 }}',
    '```',
  ]

  test('is the component with what parseLesson reads, the ids of equal fences included', async () => {
    const source = page.join('\n').replaceAll('\n<p>', '\n\\<p>')
    const transcripts = transcriptsIn(await render(source))
    expect(transcripts).toEqual(json(parseLesson(source, '01-x.md').transcripts))
    expect(transcripts.map(({ line }) => line)).toEqual([5, 12])
    expect(transcripts[1]!.id).toBe(`${transcripts[0]!.id}-2`)
  })

  test('in the language of a container', async () => {
    const html = await render('# X\n\n::: lang py\n```console\n$ true\n```\n:::\n')
    expect(html).toMatch(/<div class="lang-py">\s*<Transcript /)
  })

  test('with a mistake is a box that says where and what, and the site is not built', async () => {
    const source = '---\ntitle: X\n---\n# X\n\n```console colour=red\n$ true\n```\n'
    const html = await render(source)
    expect(html).toContain('docs/lessons/01-x.md:6: ')
    expect(html).not.toContain('<Transcript')
    expect(() => markdown.assertNoMistakes()).toThrow(
      /^the pages hold mistakes\ndocs\/lessons\/01-x\.md:6: .+; .+$/,
    )
    await render(source.replace(' colour=red', ''))
    expect(() => markdown.assertNoMistakes()).not.toThrow()
  })

  test('with a mistake that lies in no fence: the box is at the top', async () => {
    const html = await render('# X\n\nLook:\n<<< @/x.ts\n')
    expect(html).toMatch(/^<div class="mistake".*docs\/lessons\/01-x\.md:4: /)
  })
})

describe('containers', () => {
  test('a prediction has its choices, and keeps its id when only something else changes', async () => {
    const source = '::: predict\nWhat?\n\n- One `a`\n  - not a choice\n- Two\n:::\n'
    const html = await render(source)
    expect(html.match(/<PredictChoice value="[^"]+">/g)).toHaveLength(2)
    expect(html.match(/<li>/g)).toHaveLength(1)
    const [id] = /<Predict id="[^"]+">/.exec(html)!
    expect(await render(`Before.\n\n${source}`)).toContain(id)
    expect(await render(source.replace('Two', 'Three'))).not.toContain(id)
  })

  test('often-said keeps the title that its text begins with', async () => {
    expect(await render('::: often-said\n**Often said:** x\n:::\n')).toBe(
      '<div class="often-said">\n<p><strong>Often said:</strong> x</p>\n</div>\n',
    )
  })

  test('a language that there is not is refused', async () => {
    await expect(render('::: lang rust\nx\n:::\n')).rejects.toThrow(
      '::: lang rust: write ::: lang ts or ::: lang py',
    )
  })
})

function transcriptsIn(html: string): Transcript[] {
  return [...html.matchAll(/<Transcript :transcript="([^"]*)"/g)].map(([, attribute = '']) =>
    JSON.parse(attribute.replace(/&#(\d+);/g, (_, code) => String.fromCharCode(Number(code)))),
  )
}

function json<T>(value: T): T {
  return JSON.parse(JSON.stringify(value))
}
