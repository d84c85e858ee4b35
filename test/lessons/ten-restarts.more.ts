import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { needsSandbox } from '../harness/needs.ts'
import { verify } from '../harness/verify.ts'

const RESTARTS = 10
const WORKERS = 4
/** A listener that closes can meet one connection on each processor that is completed at that very moment. */
const GAP = RESTARTS * WORKERS * os.availableParallelism()
/** A request takes ten segments or fewer, counted at both ends: so many are 10 000 requests or more. */
const SEGMENTS = 100_000

/** The supervisor of lesson 11 under load, as a page: `verify` brings the sandbox and both languages. */
function page(options: string, lost: string): string {
  return [
    '# Ten restarts\n\n',
    fence('pane=other', ['sysctl -q net.ipv4.tcp_migrate_req=1']),
    script('pane=server running', 'server', `--workers ${WORKERS} --block 0 > log.txt`),
    fence('pane=other timeout=120', [
      `until [ "$(ss -ltnH sport = :8080 | wc -l)" = ${WORKERS} ]; do sleep 0.1; done`,
    ]),
    script('pane=client running', 'client', options, '<_:int> users ask 127.0.0.1:8080 until Ctrl-C\n'),
    fence('pane=other timeout=600', [
      // One that is given up, because a new worker was too slow, is ordered again.
      `until [ "$(grep -c "restart done: ${WORKERS} of ${WORKERS}" log.txt)" -ge ${RESTARTS} ]; do`,
      '  before=$(grep -c "^restart " log.txt)',
      '  kill -HUP "$(head -n 1 log.txt | cut -d " " -f 2)"',
      '  until [ "$(grep -c "^restart " log.txt)" -gt "$before" ]; do sleep 0.1; done',
      'done',
    ]),
    fence('pane=other timeout=600', [
      `until [ "$(nstat -asz TcpInSegs | awk 'END { print $2 }')" -ge ${SEGMENTS} ]; do sleep 0.1; done`,
    ]),
    '```console pane=client timeout=600 requires=sandbox,linux-5.14\n^C\n...\n',
    `total  <10000..100000000> in <_:int> ms\nlost  ${lost}\n\`\`\`\n\n`,
  ].join('')
}

function script(words: string, name: string, options: string, printed = ''): string {
  return (
    fence(`${words} lang=ts`, [`node ${name}.ts ${options}`.trim()], printed) +
    fence(`${words} lang=py`, [`python3 ${name}.py ${options}`.trim()], printed)
  )
}

function fence(words: string, command: string[], printed = ''): string {
  return `\`\`\`console ${words} requires=sandbox,linux-5.14\n$ ${command.join('\n> ')}\n${printed}\`\`\`\n\n`
}

const LOADS: [name: string, options: string, lost: string][] = [
  [
    'each on a connection of its own: none is lost but in the kernel’s gap',
    '',
    `<n:0..${GAP}>: <n> reset, 0 refused`,
  ],
  // They connect again only when a worker leaves, all at once.
  ['with keep-alive: none is lost but in the gap', '--keep-alive', `<n:0..${GAP}>: <n> reset, 0 refused`],
]

test.for(LOADS)(
  '10 000 requests through ten restarts, %s',
  { timeout: 1_800_000 },
  async ([name, options, lost], context) => {
    await needsSandbox(context)
    const folder = mkdtempSync(path.join(os.tmpdir(), 'ten-restarts-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    cpSync('lessons/11-supervisor', folder, { recursive: true })
    rmSync(path.join(folder, 'checks.ts'))
    const file = path.join(folder, 'page.md')
    writeFileSync(file, page(options, lost))
    const { status, out, error } = await verify('--show', file)
    for (const [line] of out.matchAll(/^.*\b(?:total|lost) {2}.*$/gm)) console.log(`${name}: ${line.trim()}`)
    expect(status, out + error).toBe(0)
    expect(out).toMatch(/\b0 failed, 0 skipped/)
  },
)
