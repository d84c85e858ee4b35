import { expect, test } from 'vitest'
import { parseLesson } from '../../playground/format/lesson.ts'
import type { Deed, Moment } from '../../playground/scenes/journal.ts'
import { fenced, transcriptOf } from '../../playground/scenes/transcript-of.ts'

/** What happened, in order: a deed begins, prints, ends. */
function happened(...what: ((moments: Moment[]) => void)[]): string {
  const moments: Moment[] = []
  for (const each of what) each(moments)
  return transcriptOf(moments, new Set())
}

function deed(pane: string, command: string) {
  const deed: Deed = { pane, command, printed: [], isCut: false, isInterrupted: false }
  return {
    begins: (moments: Moment[]) => void moments.push({ kind: 'begin', deed }),
    prints:
      (...lines: string[]) =>
      (moments: Moment[]) =>
        void deed.printed.push(...lines.map(text => ({ text, at: moments.length }))),
    ends: (status: number) => (moments: Moment[]) => {
      deed.status = status
      moments.push({ kind: 'end', deed })
    },
    isBehind: (pid: number) => {
      deed.pid = pid
    },
    isInterrupted: () => {
      deed.isInterrupted = true
    },
  }
}

/** One that is over before anything else happens. */
function whole(pane: string, command: string, status: number, ...lines: string[]) {
  const { begins, prints, ends } = deed(pane, command)
  return (moments: Moment[]) => {
    for (const each of [begins, prints(...lines), ends(status)]) each(moments)
  }
}

test('commands of one pane are one fence; numbers that may differ are placeholders', () => {
  const text = happened(
    whole('tools', 'sysctl -w net.ipv4.tcp_migrate_req=1', 0, 'net.ipv4.tcp_migrate_req = 1'),
    whole('tools', 'seq 3 > x\nwc x', 0, '3 3 6 x', 'took 1.5 s at 127.0.0.1:8080 of 127.0.0.1:50123'),
    whole('client', 'false', 1),
  )
  expect(text).toBe(`\`\`\`console pane=tools
$ sysctl -w net.ipv4.tcp_migrate_req=1
net.ipv4.tcp_migrate_req = 1
$ seq 3 > x
> wc x
3 3 <_:int> x
took <_:float> s at 127.0.0.1:8080 of 127.0.0.1:<_:int>
\`\`\`

\`\`\`console pane=client
$ false
[1]
\`\`\`
`)
})

test('what goes on is running, its processes have names, and its end is claimed', () => {
  const server = deed('server', 'node own.ts')
  const text = happened(
    server.begins,
    server.prints('parent 7 starts its workers', 'worker 8 is listening on 127.0.0.1:8080'),
    whole('tools', 'kill -HUP 7', 0),
    server.prints('worker 9 is listening on 127.0.0.1:8080'),
    whole('tools', 'kill -STOP 9; kill -KILL 8', 0),
    server.isInterrupted,
    server.ends(130),
  )
  expect(text).toBe(`\`\`\`console pane=server running order=any
$ node own.ts
parent <a:pid> starts its workers
worker <b:pid> is listening on 127.0.0.1:8080
...
\`\`\`

\`\`\`console pane=tools
$ kill -HUP <a>
\`\`\`

\`\`\`console pane=server running
...
worker <c:pid> is listening on 127.0.0.1:8080
...
\`\`\`

\`\`\`console pane=tools
$ kill -STOP <c>; kill -KILL <b>
\`\`\`

\`\`\`console pane=server
...
^C
...
[130]
\`\`\`
`)
})

test('what goes on in the background has a pane to itself', () => {
  const own = deed('tools', 'node own.ts --workers 1 &')
  const text = happened(
    own.begins,
    own.prints('[1] 12', '$ worker 13 is listening'),
    whole('tools', 'kill 13', 0),
  )
  expect(text).toContain(
    '```console pane=tools-2 running\n$ node own.ts --workers 1\nworker <a:pid> is listening\n...\n```',
  )
  expect(text).toContain('```console pane=tools\n$ kill <a>\n```')
  // It has gone, and nobody knows how.
  const gone = deed('tools', 'node own.ts &')
  const said = happened(gone.begins, () => gone.isBehind(12))
  expect(said).toContain('$ node own.ts || true\n...\n```\n\n```console pane=tools-2\n...\n```')
})

test('of an error its line stands, of a long output its beginning', () => {
  const lines = [
    'node:events:486',
    '      throw er',
    'Error: listen EADDRINUSE 127.0.0.1:8080',
    '    at x (node:net:1:2)',
  ]
  const many = Array.from({ length: 40 }, (_, line) => `line ${line}`)
  const text = happened(whole('a', 'node one.ts', 1, ...lines), whole('b', 'seq 40', 0, ...many))
  expect(text).toContain('$ node one.ts\n...\nError: listen EADDRINUSE 127.0.0.1:8080\n...\n[1]\n')
  expect(text.match(/^line /gm)).toHaveLength(12)
  expect(text).toContain('line <_:int>\n...\n```')
})

test('whatever was printed, the fences are a lesson without a mistake', () => {
  const odd = [
    '$ x',
    '> y',
    '^C',
    '...',
    '[1]',
    '<b:pid> <_> <1-2>',
    '```',
    '\\$ z',
    '… `',
    ' '.repeat(3),
    'pid=4 <a>',
  ]
  const text = happened(whole('a', 'cat odd\n```', 0, ...odd), whole('b', 'echo "<x>"', 0, '<x>'))
  const page = `---\ntitle: x\ndescription: y\n---\n\n# x\n\n${text}`
  expect(parseLesson(page, 'x.md').transcripts.map(({ pane }) => pane)).toEqual(['a', 'b'])
  expect(fenced('sh', 'a\n````\nb')).toBe('`````sh\na\n````\nb\n`````')
})
