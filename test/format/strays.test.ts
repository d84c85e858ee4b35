/** What is mistyped so that it would stay green: nothing would run it, and the page would show it, or nothing at all. */
import { expect, test } from 'vitest'
import { LessonError, parseLesson } from '../../playground/format/lesson.ts'

function mistakes(page: string): string[] {
  try {
    parseLesson(`# X\n\n${page}\n`, 'x.md')
    return []
  } catch (error) {
    if (!(error instanceof LessonError)) throw error
    return error.message.split('\n')
  }
}

const PREDICT = '::: predict\nWhat?\n\n- One <!-- right -->\n- Two\n:::\n\n```console\n$ true\n```'

test.each<[page: string, mistake: RegExp]>([
  ['```consol\n$ true\n```', /^x\.md:3: a fence `consol`, which nothing runs; write console$/],
  ['```Console pane=a\n$ true\n```', /^x\.md:3: a fence `Console`, which nothing runs; write console$/],
  [
    '```bash\nx=1\n$ true\n```',
    /^x\.md:3: commands behind `\$ ` in a fence `bash`, which nothing runs; write console, or text/,
  ],
  ['```\n$ true\n```', /^x\.md:3: commands behind `\$ ` in a fence without a language, which nothing runs/],
  ['::: predit\nText.\n:::', /^x\.md:3: there is no container `predit`; write ::: predict$/],
  ['::: chek one\nText.\n:::', /^x\.md:3: there is no container `chek`; write ::: check$/],
  [
    '::: exercise\nText.\n:::',
    /^x\.md:3: there is no container `exercise`; use lang, check, predict, often-said, coach, challenge, or/,
  ],
  [':::check one\nText.\n:::', /^x\.md:3: no blank behind `:::`; write ::: check one$/],
  [
    '::: lang python\nText.\n:::',
    /^x\.md:3: there is no language `python`; write ::: lang ts or ::: lang py$/,
  ],
  ['::: lang\nText.\n:::', /^x\.md:3: there is no language ``; write ::: lang ts/],
  ['::predict\nText.', /^x\.md:3: `::predict` is text here; write ::: predict on a line of its own$/],
  ['Text.\n::: check\n:::', /^x\.md:4: a check without a name/],
  [':::', /^x\.md:3: `:::` that closes no container; take it away/],
  [
    'The <port> is taken.',
    /^x\.md:3: the tag `<port>` is never closed; write it in backticks, or `\\<port>`; if it is HTML/,
  ],
  ['- one\n- a <b>bold word', /^x\.md:4: the tag `<b>` is never closed/],
  ['| a |\n|---|\n| <b>c |', /^x\.md:5: the tag `<b>` is never closed/],
  ['Text\n</port> more', /^x\.md:4: `<\/port>` closes nothing that is open here; write it in backticks/],
  ['<details>\n<summary>Title</summary>\n\nText.', /^x\.md:3: the tag `<details>` is never closed/],
  ['<details>\n\nText.\n\n</div>\n\n</details>', /^x\.md:7: `<\/div>` closes nothing/],
  [
    'It is {{ nope.x }}.',
    /^x\.md:3: `\{\{ nope\.x }}` is code for the page, which would run it; write it in backticks$/,
  ],
  ['One\ntwo {{ three', /^x\.md:4: `\{\{` is code for the page/],
  ['<p>\nIt is {{ nope.x }}.\n</p>', /^x\.md:4: `\{\{ nope\.x }}` is code/],
])('%j', (page, mistake) => expect(mistakes(page)).toEqual([expect.stringMatching(mistake)]))

test('a question that is not closed says so, and shows its answer to nobody', () => {
  const [first] = mistakes(PREDICT.replace('\n:::', ''))
  expect(first).toMatch(/^x\.md:3: the container `predict` is never closed; add a line `:::` where it ends/)
})

test('containers within others need fewer colons than those around them', () => {
  const inner = '::: check one\nText.\n:::'
  expect(mistakes(`:::: lang ts\n${inner}\n::::`)).toEqual([])
  expect(mistakes(`::: lang ts\n${inner}\n:::`)).toEqual([
    expect.stringMatching(
      /^x\.md:4: the container `check one` begins within `lang ts` of line 3, which has no more colons; end that one with a line `:::` above, or give it one colon more/,
    ),
    expect.stringMatching(/^x\.md:7: `:::` that closes no container/),
  ])
})

test.each([
  PREDICT,
  '```sh\nnpm test\n```\n\n```text\n$ nobody runs this\n```\n\n```ts\nconst price = 1\n```',
  '::: tip Title of it\nText.\n:::\n\n::: often-said\nText.\n:::\n\n::: details More\nText.\n:::',
  'Code: `<port>`, `{{ x }}`, \\<port>, a < b > c, <1..5>, <https://example.org/>, A <br> B <!-- <b> {{ x }} -->.',
  '<details>\n<summary>Why `x`?</summary>\n\n- one\n\n</details>\n\n<Machine port="8080" :on="1 > 0" />\n',
  'Press <kbd>Ctrl</kbd>+<kbd>C</kbd>, <img src="a.png"> or <span v-pre>{{ x }}</span>.',
  '<script setup>\nconst a = "{{" + (1 < 2)\n</script>\n\n<style>\na > b { }\n</style>\n\n<code v-pre>{{ x }}</code>',
  '::: v-pre\n{{ x }}\n:::',
  'This is a time: 12::30, and ::before is a selector.',
])('%j is fine', page => expect(mistakes(page)).toEqual([]))
