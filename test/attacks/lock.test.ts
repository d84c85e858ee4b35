/** Two servers with one state folder would copy, remove and hand out the same workspaces: the second does not start. */
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { expectOneLine, type Run, useHome } from '../harness/running.ts'

const repo = path.join(import.meta.dirname, '../..')
const home = useHome()
const other = useHome()
const start = (...args: string[]) => home.run(repo, './main.ts', '--port', '0', ...args)
const stateFile = (name: string) => path.join(home.folder, 'state/reuseport-playground', name)
/** On a line of its own: a server that is refused names the other's in its line. */
const LINK = /^ {2}(http:\/\/127\.0\.0\.1:\d+\/#key=[\w-]{43})$/m

async function linkOf(server: Run): Promise<string> {
  return (await server.printed(LINK))[1]!
}

/** What the second says, as a regular expression's source. */
const runsAlready = (pid: number | undefined, link: string) =>
  new RegExp(
    `^a server runs already with \\S+/reuseport-playground \\(process ${pid}\\); ` +
      `open ${link} or end that one, or set XDG_STATE_HOME to another folder$`,
    'm',
  )

test('the second server says that one runs, where it is and what to do, and changes nothing', async () => {
  const first = start()
  const link = await linkOf(first)
  const key = readFileSync(stateFile('key'), 'utf8')
  await expectOneLine(start(), runsAlready(first.child.pid, link))
  await expectOneLine(start('--new-key'), runsAlready(first.child.pid, link))
  expect(readFileSync(stateFile('key'), 'utf8')).toBe(key)
  expect((await fetch(new URL('/api/health', link))).status).toBe(200)
  first.child.kill('SIGTERM')
  expect(await first.ended).toBe(0)
})

test('of two that are started at once, one runs', async () => {
  const servers = [start(), start(), start()]
  const first = await Promise.race(servers.map(server => linkOf(server).then(() => server)))
  for (const server of servers)
    if (server !== first) await expectOneLine(server, /^a server runs already with /)
  first.child.kill('SIGTERM')
  expect(await first.ended).toBe(0)
})

test('a server that was killed with a shell open leaves no lock, and its address is no longer told', async () => {
  const first = start()
  const link = new URL(await linkOf(first))
  const socket = new WebSocket(
    `ws://${link.host}/api/panes/01-bind-conflict/server-1`,
    ['playground', link.hash.replace('#key=', 'key.')],
    { origin: link.origin },
  )
  await once(socket, 'open')
  socket.send(JSON.stringify({ type: 'join', page: '0123456789abcdef', columns: 80, rows: 24 }))
  await once(socket, 'message')
  first.child.kill('SIGKILL')
  await first.ended
  const second = start()
  const again = await linkOf(second)
  expect(new URL(again).hash).toBe(link.hash)
  await expectOneLine(start(), runsAlready(second.child.pid, again))
})

test('with another state folder it is another server, on the next port', async () => {
  const link = await linkOf(start())
  const { port } = new URL(link)
  const second = other.run(repo, './main.ts', '--port', port)
  expect(await linkOf(second)).not.toBe(link)
  expect(second.text()).toContain(`port ${port} is taken; this is `)
})

test.for([
  { what: 'nonsense', text: '\u0000\u001b[2J http://evil.example/\n' },
  { what: 'an address elsewhere', text: '1 http://evil.example/\n' },
  { what: 'nothing', text: '' },
])("$what in the lock's file is not repeated", async ({ text }) => {
  const first = start()
  await linkOf(first)
  writeFileSync(stateFile('lock'), text)
  await expectOneLine(
    start(),
    /^a server runs already with \S+\/reuseport-playground; wait for its link or end that one, or /,
  )
})

test('something else in the place of the lock is not followed or waited for', async () => {
  mkdirSync(stateFile(''), { recursive: true, mode: 0o700 })
  const elsewhere = path.join(home.folder, 'elsewhere')
  writeFileSync(elsewhere, 'kept')
  symlinkSync(elsewhere, stateFile('lock'))
  await expectOneLine(start(), /\/lock cannot be opened \(ELOOP\); remove it$/m)
  expect(readFileSync(elsewhere, 'utf8')).toBe('kept')
  rmSync(stateFile('lock'))
  execFileSync('mkfifo', [stateFile('lock')])
  await expectOneLine(start(), /\/lock is no file; remove it$/m)
  rmSync(stateFile('lock'))
  mkdirSync(stateFile('lock'))
  await expectOneLine(start(), /\/lock cannot be opened \(EISDIR\); remove it$/m)
})

test('where nothing can be locked the server runs, and says that it is not to be started twice', async () => {
  writeFileSync(path.join(home.folder, 'flock'), '#!/bin/sh\necho no locks here >&2; exit 71\n', {
    mode: 0o755,
  })
  const server = start()
  await linkOf(server)
  expect(server.text()).toMatch(
    /\/lock cannot be locked \(no locks here\); do not start a second server with this folder\n/,
  )
})

test("the lock is its owner's alone", async () => {
  await linkOf(start())
  expect(statSync(stateFile('lock')).mode & 0o777).toBe(0o600)
})
