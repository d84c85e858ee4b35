import { readFile } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import { ownPages } from '../../playground/course/places.ts'
import { parseLesson } from '../../playground/format/lesson.ts'
import type { Question } from '../../playground/format/question.ts'
import { seal } from '../../playground/format/seal.ts'

const PROOF = '```console\n$ true\n```\n'
const ASK = '::: predict\nWhat?\n\n- One `a`\n- Two <!-- right -->\n\n:::\n'

function questionsOf(page: string): Question[] {
  return parseLesson(page, '01-x.md').questions
}

function mistakesOf(page: string): string {
  try {
    parseLesson(page, 'x.md')
  } catch (error) {
    return (error as Error).message
  }
  return ''
}

test('a question has its text, its choices, the right one, and the transcript that shows it', () => {
  const { transcripts, questions } = parseLesson(`# X\n\n${ASK}\n${PROOF}`, '01-x.md')
  const [question] = questions
  expect(question).toMatchObject({ line: 3, text: 'What?', proof: [transcripts[0]!.id] })
  expect(question!.choices.map(({ text }) => text)).toEqual(['One `a`', 'Two'])
  expect(question!.right).toBe(question!.choices[1]!.id)
})

test('the live picture is covered where the author says so, and nothing else may be said', () => {
  const covered = ASK.replace('predict', 'predict picture=covered')
  expect(questionsOf(ASK + PROOF)[0]!.coversPicture).toBe(false)
  expect(questionsOf(covered + PROOF)[0]).toEqual({ ...questionsOf(ASK + PROOF)[0], coversPicture: true })
  expect(mistakesOf(ASK.replace('predict', 'predict picture') + PROOF)).toBe(
    'x.md:1: `picture` behind ::: predict; write ::: predict, or ::: predict picture=covered',
  )
})

test('the mark changes no identity, and neither does what stands around', () => {
  const [question] = questionsOf(ASK + PROOF)
  const [other] = questionsOf(
    `Text.\n\n${ASK.replace(' <!-- right -->', '').replace('`a`', '`a` <!--right-->')}\n${PROOF}`,
  )
  expect(other!.id).toBe(question!.id)
  expect(other!.choices).toEqual(question!.choices)
  expect(other!.right).toBe(question!.choices[0]!.id)
})

test('a quotation below a choice says why; it is no part of what is asked', () => {
  const [question] = questionsOf(ASK.replace('`a`\n', '`a`\n  > Because *of* `b`.\n  > And c.\n') + PROOF)
  const [plain] = questionsOf(ASK + PROOF)
  expect(question!.choices.map(({ why }) => why)).toEqual(['Because of `b`. And c.', undefined])
  expect(question!.id).toBe(plain!.id)
  expect(question!.choices.map(({ id, text }) => ({ id, text }))).toEqual(plain!.choices)
})

test('equal questions of a page are told apart', () => {
  const [one, two] = questionsOf(`${ASK}\n${PROOF}\nText.\n\n${ASK}\n${PROOF}`)
  expect(two!.id).toBe(`${one!.id}-2`)
})

describe('the proof', () => {
  const ts = '```console lang=ts\n$ echo ts\n```\n'
  const py = '```console lang=py\n$ echo py\n```\n'
  const both = '```console\n$ echo both\n```\n'
  const lines = (below: string) => {
    const { transcripts, questions } = parseLesson(`${ASK}\n${below}\n${both}\nEnd.\n\n${both}`, 'x.md')
    return questions[0]!.proof.map(id => transcripts.find(other => other.id === id)!.commands[0]!.input[0])
  }

  test.for([
    ['the transcripts up to the next prose', `${ts}\n${py}`, ['echo ts', 'echo py', 'echo both']],
    ['below prose too', `Text.\n\n${ts}\n${py}\nMore.\n`, ['echo ts', 'echo py']],
    [
      'what the other language reads in between does not part them',
      `::: lang py\nText.\n:::\n${ts}\n${py}\n::: lang ts\nText.\n:::\n`,
      ['echo ts', 'echo py', 'echo both'],
    ],
    [
      'a picture and a check do not part them',
      `${ts}\n${py}\n<Machine />\n\n::: check one\nText.\n:::\n`,
      ['echo ts', 'echo py', 'echo both'],
    ],
    ['a plain fence does', `${ts}\n${py}\n\`\`\`sh\nls\n\`\`\`\n`, ['echo ts', 'echo py']],
    ['within a container', `:::: lang ts\n${ts}\n::::\n${py}`, ['echo ts', 'echo py', 'echo both']],
  ] as const)('%s', ([, below, expected]) => {
    expect(lines(below)).toEqual(expected)
  })

  test('of a question for one language is what its readers see', () => {
    const { questions, transcripts } = parseLesson(`:::: lang py\n${ASK}::::\n${ts}\n${py}`, 'x.md')
    expect(questions[0]).toMatchObject({ lang: 'py', proof: [transcripts[1]!.id] })
  })
})

test.for([
  [
    'no mark',
    ASK.replace(' <!-- right -->', '') + PROOF,
    'x.md:5: a question without a right answer; write <!-- right --> behind the one that the run shows',
  ],
  [
    'two',
    ASK.replace('`a`', '`a` <!-- right -->') + PROOF,
    'x.md:5: a question with more than one right answer; mark only one; line 4 has one already',
  ],
  [
    'at the question itself',
    ASK.replace(' <!-- right -->', '').replace('What?', 'What? <!-- right -->') + PROOF,
    'x.md:2: <!-- right --> that marks no choice; put it behind one of the choices',
  ],
  [
    'in a list within a choice',
    ASK.replace(' <!-- right -->', '').replace('Two', 'Two\n  - deep <!-- right -->') + PROOF,
    '',
  ],
  [
    'one choice',
    ASK.replace('- One `a`\n', '') + PROOF,
    'x.md:1: a question with fewer than two choices; write them as a list, each behind `- `',
  ],
  [
    'the same choice twice',
    ASK.replace('One `a`', 'Two') + PROOF,
    'x.md:1: the choice `Two` stands twice; leave one of them out',
  ],
  [
    'a number that begins a list',
    ASK.replace('One `a`', '1000.') + PROOF,
    'x.md:1: a choice without text; write it behind `- `; a number and a dot begin a list, so leave the dot away',
  ],
  [
    'no transcript',
    ASK,
    'x.md:1: a question that no transcript answers; put the commands that show the answer below it',
  ],
  ['a mark elsewhere is a comment', `Text. <!-- right -->\n\n${ASK}${PROOF}`, ''],
] as const)('a mistake: %s', ([, page, expected]) => {
  expect(mistakesOf(page)).toBe(expected)
})

test('each of our own questions has an answer that its seal gives, and no other choice has', async () => {
  let count = 0
  for (const file of await ownPages()) {
    for (const { id, choices, right } of parseLesson(await readFile(file, 'utf8'), file).questions) {
      count++
      expect(choices.filter(choice => seal(id, choice.id) === seal(id, right))).toHaveLength(1)
    }
  }
  expect(count).toBeGreaterThan(10)
})
