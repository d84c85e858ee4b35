import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  createMarkdownRenderer,
  disposeMdItInstance,
  type MarkdownEnv,
  type MarkdownRenderer,
} from 'vitepress'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { codeTransformers } from '../../.vitepress/markdown/code.ts'
import { lessonMarkdown } from '../../.vitepress/markdown/lesson-markdown.ts'
import { searchText } from '../../.vitepress/markdown/search-text.ts'
import { parseLesson } from '../../playground/format/lesson.ts'
import type { Question } from '../../playground/format/question.ts'
import { seal } from '../../playground/format/seal.ts'
import type { Transcript } from '../../playground/format/transcript.ts'

const names = ['lang', 'check', 'predict', 'often-said', 'coach', 'challenge', 'hint', 'solution']
const customContainers = Object.fromEntries(names.map(name => [name, '']))
let root: string
let markdown: ReturnType<typeof lessonMarkdown>
let md: MarkdownRenderer
let render: (page: string) => Promise<string>

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'lesson-markdown-'))
})
afterAll(() => rm(root, { recursive: true }))

beforeEach(() => setUp())

async function setUp(how?: { showWarnings: boolean }): Promise<void> {
  markdown = lessonMarkdown(root, how)
  // VitePress keeps one renderer for the process.
  disposeMdItInstance()
  const options = {
    include: false,
    container: { customContainers },
    codeTransformers,
    config: markdown.install,
  }
  md = await createMarkdownRenderer(join(root, 'docs'), options)
  render = page => md.renderAsync(page, { path: join(root, 'docs/lessons/01-x.md') })
}

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
    '```text',
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

test('code: each line knows how far in it begins; what bounds regions is not shown', async () => {
  const code = [
    '```py',
    '# #region a',
    'def a():',
    '    # #region b',
    '    b()',
    '',
    '    # #endregion b',
    '# #endregion a',
    '```',
  ]
  const html = await render(code.join('\n'))
  const lines = [...html.matchAll(/<span class="line"(?: style="(.*?)")?>(.*?)<\/span>(?:\n|<\/code>)/g)]
  expect(lines.map(([, style, inner]) => [style, inner!.replace(/<.*?>/g, '')])).toEqual([
    [undefined, 'def a():'],
    ['--indent:4', '    b()'],
  ])
  expect(html).not.toContain('region')
})

test('code in a sentence stays with the punctuation around it', async () => {
  const html = await render('Two (`a`, `b`) and `c`/`d`; [`e`](#x). **`f`**: `g`')
  const plain = html
    .replaceAll(' v-pre=""', '')
    .replaceAll('<span class="together">', '{')
    .replaceAll('</span>', '}')
  expect(plain).toContain('Two {(<code>a</code>,} {<code>b</code>)} and {<code>c</code>/}{<code>d</code>;} ')
  expect(plain).toContain('<strong><code>f</code></strong>: <code>g</code>')
})

describe('a warning', () => {
  const fence = (command: string) => `\`\`\`console\n${command}\n\`\`\`\n`
  const page = `# X\n\n${fence('$ echo 1\n<a:int>')}\n${fence('$ cat <a>out')}`

  test('is for the author: beside its fence, which is there all the same', async () => {
    await setUp({ showWarnings: true })
    const html = await render(page)
    expect(html.match(/<div class="mistake warning" role="note"/g)).toHaveLength(1)
    expect(html).toMatch(/docs\/lessons\/01-x\.md:9: .*<\/div>\s*<Transcript [^>]*cat /s)
    expect(() => markdown.assertNoMistakes()).not.toThrow()
  })

  test('is not for readers', async () => {
    expect(await render(page)).not.toContain('warning')
  })
})

describe('what the search reads', () => {
  test('is the prose, and what transcripts type and print', async () => {
    const env = { path: join(root, 'docs/lessons/01-x.md') }
    const page = '# X\n\nProse.\n\n```console\n$ echo "<p>"\n\\<p> & <_:word>\n```\n'
    const html = await searchText(page, env as MarkdownEnv, md)
    expect(html).toContain('<p>Prose.</p>')
    const [, text = ''] = /<pre>(.*?)<\/pre>/s.exec(html) ?? []
    expect(text.replace(/&#(\d+);/g, (_, code) => String.fromCharCode(Number(code)))).toBe(
      'echo "<p>"\n<p> &  ',
    )
    expect(html).not.toContain('<Transcript')
  })

  test('is nothing of a page that is not to be found', async () => {
    const env = { path: join(root, 'docs/x.md'), frontmatter: { search: false } }
    expect(await searchText('# X\n', env as unknown as MarkdownEnv, md)).toBe('')
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

  test('the right answer is sealed: the page carries no mark, and which transcripts show it', async () => {
    const source =
      '# X\n\n::: predict\nWhat?\n\n- One\n- `two` <!-- right -->\n:::\n\n```console\n$ true\n```\n'
    const [question] = parseLesson(source, '01-x.md').questions
    const html = await render(source)
    expect(html).not.toContain('<!--')
    expect(html).not.toContain('right -->')
    expect(html).toContain(`<PredictChoice value="${question!.right}"><code>two</code></PredictChoice>`)
    const [, id, right, proof = ''] = /<Predict id="(\w+)" right="(\w+)" :proof="([^"]+)">/.exec(html)!
    expect(id).toBe(question!.id)
    expect(question!.choices.filter(choice => seal(id!, choice.id) === right)).toEqual([question!.choices[1]])
    expect(JSON.parse(proof.replaceAll('&#34;', '"'))).toEqual(question!.proof)
  })

  test('what explains the answer begins below its transcripts, and ends at the next heading', async () => {
    const proof = '```console lang=ts\n$ true\n```\n\n```console lang=py\n$ true\n```\n'
    const later = '```console\n$ echo later\n```\n'
    const ask = '::: predict\nWhat?\n\n- One\n- Two <!-- right -->\n:::\n'
    const explained = `Explained.\n\n::: check met\nIt is.\n:::\n\n<Machine />\n\n- *More.*\n\nNow this:\n\n${later}\nAfter it:\n`
    const source = `# X\n\n${later}\n${ask}\nRun it:\n\n${proof}\n${explained}\n## Next\n\nNext.\n\n${later}`
    const { transcripts, questions } = parseLesson(source, '01-x.md')
    const html = await render(source)
    const of = JSON.stringify([questions[0]!.id]).replaceAll('"', '&#34;')
    const parts = html.split(/<Explanation (?:.*?)>\n(.*?)<\/Explanation>\n/s)
    expect(html.match(/<Explanation .*>/g)).toEqual(Array(3).fill(`<Explanation :of="${of}">`))
    // One by one, what is kept back and what stays in sight.
    expect(
      parts.map(part =>
        part
          .replaceAll(/\s+/g, ' ')
          .match(/Run it:|Explained|It is|<Machine|More|Now this|After it|Next|<Outcome|echo later/g),
      ),
    ).toEqual([
      ['echo later', 'Run it:'],
      ['<Outcome', 'Explained', 'It is'],
      ['<Machine'],
      ['More'],
      ['Now this', 'echo later'],
      ['After it'],
      ['Next', 'Next', 'Next', 'echo later'],
    ])
    const behind = [...html.matchAll(/<Transcript :transcript="[^"]*"(?: :behind="([^"]*)")?>/g)].map(
      ([, ids]) => ids,
    )
    expect(behind).toEqual([undefined, of, of, of, undefined])
    expect(transcripts).toHaveLength(5)
  })

  test('what says why of a choice is taken out of the question, into its outcome', async () => {
    const source = `# X\n\n::: predict\nWhat?\n\n- One\n  > *Not* one.\n- Two <!-- right -->\n:::\n\n\`\`\`console\n$ true\n\`\`\`\n`
    const [{ id, right, choices }] = parseLesson(source, '01-x.md').questions as [Question]
    const html = await render(source)
    expect(html).toMatch(/<PredictChoice value="\w+">One<\/PredictChoice>/)
    expect(html).toContain(
      `<Outcome id="${id}" right="${seal(id, right)}">\n<template #why-${choices[0]!.id}><p><em>Not</em> one.</p>\n</template>\n</Outcome>`,
    )
  })

  test('a question for one language keeps back nothing from the readers of the other', async () => {
    const source =
      ':::: lang py\n::: predict\nWhat?\n\n- One\n- Two <!-- right -->\n:::\n::::\n\n```console\n$ true\n```\n\nText.\n'
    const html = await render(`# X\n\n${source}`)
    const [{ id }] = parseLesson(source, '01-x.md').questions as [Question]
    expect(html).toContain(`<Explanation :of="[&#34;${id}:py&#34;]">\n<Outcome class="lang-py" id="${id}"`)
    expect(html).toContain(` :behind="[&#34;${id}:py&#34;]"`)
  })

  test('a question without its right answer says so where it is', async () => {
    const html = await render('---\ntitle: X\n---\n# X\n\n::: predict\nWhat?\n\n- One\n- Two\n:::\n')
    expect(html).toMatch(/<div class="mistake".*docs\/lessons\/01-x\.md:10: .*<\/div>\s*<Predict id="\w+">/)
    expect(() => markdown.assertNoMistakes()).toThrow('01-x.md:10: ')
  })

  test('often-said keeps the title that its text begins with', async () => {
    expect(await render('::: often-said\n**Often said:** x\n:::\n')).toBe(
      '<div class="often-said">\n<p><strong>Often said:</strong> x</p>\n</div>\n',
    )
  })

  test('a check is the component with its text; a mistake in its name shows where it is', async () => {
    expect(await render('::: check two-listeners\nTwo *listen*.\n:::\n')).toBe(
      '<Check name="two-listeners">\n<p>Two <em>listen</em>.</p>\n</Check>\n',
    )
    const page = '---\ntitle: X\n---\n\n# X\n\n::: check <Two>\nText.\n:::\n'
    const html = await render(page)
    expect(html).toContain('<Check name="&#60;Two&#62;">')
    expect(html).toMatch(/<h1 .*A mistake on this page.*01-x\.md:7: .* is no name of a check/s)
    expect(() => markdown.assertNoMistakes()).toThrow('docs/lessons/01-x.md:7: `<Two>` is no name of a check')
  })

  test('a language that there is not is refused', async () => {
    const html = await render('::: lang rust\nx\n:::\n')
    expect(html).toMatch(/^<div class="mistake".*01-x\.md:1: there is no language .*<p>x<\/p>/s)
    expect(() => markdown.assertNoMistakes()).toThrow('write ::: lang ts or ::: lang py')
  })

  test('what Vue would refuse is not handed to it: the page says what and where', async () => {
    for (const text of ['The <port> is taken.', 'It is {{ nope.x }}.']) {
      const html = await render(`# X\n\n::: often-said\n${text}\n:::\n`)
      expect(html).toMatch(/^<div class="mistake"[^>]* v-pre>[^\n]*01-x\.md:4: [^\n]*<\/div>\n$/)
    }
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

test('a challenge numbers its hints and solutions, and shows its mistakes', async () => {
  const part = (kind: string, text: string) => `::: ${kind}\n${text}\n:::\n`
  const run = '```console\n$ true\n```'
  const inner = part('hint', 'One.') + part('hint', 'Two.') + part('solution a "way"', run)
  const html = await render(`# X\n\n:::: challenge win\nDo it.\n${inner}::::\n`)
  expect(html).toContain('<Challenge name="win" :hints="2" :solutions="1">')
  expect(html).toContain('<ChallengePart kind="hint" :at="1" title="">')
  expect(html).toContain('<ChallengePart kind="solution" :at="0" title="a &#34;way&#34;">')
  expect(await render('# X\n\n::: challenge win\nDo it.\n:::\n')).toMatch(
    /a challenge without a solution.*<Challenge /s,
  )
})
