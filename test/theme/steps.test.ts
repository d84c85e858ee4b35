import { beforeEach, describe, expect, test } from 'vitest'
import { reactive, watchEffect } from 'vue'
import { createSteps } from '../../.vitepress/theme/lesson/steps.ts'
import { createVerdicts } from '../../.vitepress/theme/lesson/verdicts.ts'
import { parseLesson } from '../../playground/format/lesson.ts'
import type { Transcript } from '../../playground/format/transcript.ts'
import type { PaneState, Verdict } from '../../playground/protocol.ts'

const PAGE = `# Page

\`\`\`console pane=server running
$ sleep 600
\`\`\`

\`\`\`console pane=client
$ echo one
one
$ echo two
two
\`\`\`

\`\`\`console pane=client lang=py
$ echo three
three
\`\`\`

\`\`\`console pane=server
^C
[130]
\`\`\`
`

let transcripts: Transcript[]
let verdicts: ReturnType<typeof createVerdicts>
let steps: ReturnType<typeof createSteps>
let panes: Record<string, { state?: PaneState }>
let skipped: Map<string, string>

beforeEach(() => {
  transcripts = parseLesson(PAGE, 'page.md').transcripts
  verdicts = createVerdicts()
  panes = reactive({ server: { state: 'idle' }, client: { state: 'idle' } })
  skipped = reactive(new Map())
  steps = createSteps({ verdicts, running: new Set(), skipped, panes })
  // As a page may mount them.
  for (const transcript of transcripts.toReversed()) steps.register(transcript)
})

function judge(transcript: number, command: number, ok = true, bound: Record<string, string> = {}): void {
  verdicts.set({ fence: transcripts[transcript]!.id, command, line: 1, ok, bound } as Verdict)
}

describe('the steps of a page', () => {
  test('what is missing above a command, in page order and in the language that is shown', () => {
    const [server, client, , end] = transcripts as [Transcript, Transcript, Transcript, Transcript]
    expect(steps.missingAbove(end, 0)).toEqual([
      { fence: server.id, command: 0 },
      { fence: client.id, command: 0 },
      { fence: client.id, command: 1 },
    ])
    expect(steps.isMissingAbove(server, 0)).toBe(false)
    judge(0, 0)
    panes.server!.state = 'running'
    expect(steps.isMissingAbove(client, 0)).toBe(false)
    expect(steps.isMissingAbove(client, 1)).toBe(true)
    skipped.set(client.id, 'needs a program')
    expect(steps.isMissingAbove(end, 0)).toBe(false)
    expect(steps.next()).toEqual({ transcript: end, command: 0 })
  })

  test('a program that has ended is missing up to the step that shows its end', () => {
    const [, client, , end] = transcripts as [Transcript, Transcript, Transcript, Transcript]
    judge(0, 0)
    panes.server!.state = 'running'
    expect(steps.isMissingAbove(client, 0)).toBe(false)
    panes.server!.state = 'idle'
    expect(steps.isMissingAbove(client, 0)).toBe(true)
    judge(1, 0)
    judge(1, 1)
    judge(3, 0)
    // Who runs it again needs the program again; the step that has shown its end does not.
    expect(steps.isMissingAbove(client, 0)).toBe(true)
    expect(steps.isMissingAbove(end, 0)).toBe(false)
  })

  test('a transcript has passed when all of it has, and failed when one of its commands has', () => {
    const client = transcripts[1]!
    expect(steps.stateOf(client)).toBe('idle')
    judge(1, 0)
    expect(steps.stateOf(client)).toBe('idle')
    judge(1, 1)
    expect(steps.stateOf(client)).toBe('passed')
    judge(1, 0, false)
    expect(steps.stateOf(client)).toBe('failed')
  })
})

describe('verdicts', () => {
  test('a name has its value in the fence, else the latest one', () => {
    judge(0, 0, true, { a: '1' })
    judge(1, 0, true, { a: '2', b: '3' })
    const [server, client] = transcripts as [Transcript, Transcript]
    expect(verdicts.valueOf(server.id, 'a')).toBe('1')
    expect(verdicts.valueOf('elsewhere', 'a')).toBe('2')
    judge(0, 0, true, { a: '4' })
    expect(verdicts.valueOf('elsewhere', 'a')).toBe('4')
    verdicts.forget(server.id)
    expect(verdicts.valueOf('elsewhere', 'a')).toBe('2')
    verdicts.delete(client.id, 0)
    expect(verdicts.valueOf('elsewhere', 'b')).toBeUndefined()
  })

  test('who reads a fence or a name does not hear of the others', () => {
    let fences = 0
    let names = 0
    watchEffect(
      () => {
        fences += 1
        steps.stateOf(transcripts[0]!)
      },
      { flush: 'sync' },
    )
    watchEffect(
      () => {
        names += 1
        verdicts.valueOf(transcripts[0]!.id, 'a')
      },
      { flush: 'sync' },
    )
    judge(1, 0, true, { b: '1' })
    judge(1, 1, false, { c: '2' })
    expect([fences, names]).toEqual([1, 1])
    judge(1, 1, true, { a: '3' })
    expect([fences, names]).toEqual([1, 2])
    judge(0, 0)
    expect(fences).toBeGreaterThan(1)
  })
})
