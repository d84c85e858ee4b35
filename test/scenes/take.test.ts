/** What a reader takes along from a scene: files that run elsewhere, and fences that are true in another run. */
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, expect, type TestContext, test } from 'vitest'
import { usualPlay } from '../../playground/format/scene.ts'
import { MAX_ARCHIVE } from '../../playground/scenes/archive.ts'
import { worldSetup } from '../../playground/scenes/world.ts'
import type { Workbench } from '../../playground/workbench/workbench.ts'
import { needsProgram, needsSandbox } from '../harness/needs.ts'
import { verify } from '../harness/verify.ts'

const run = promisify(execFile)
const root = path.join(import.meta.dirname, '../..')
let base: string
let workspace: string
let world: Workbench
beforeEach(async () => {
  base = await mkdtemp(path.join(os.tmpdir(), 'playground-test-'))
  workspace = path.join(base, 'world-a')
})
afterEach(async () => {
  await world?.close()
  await rm(base, { recursive: true, force: true })
})

async function play(context: TestContext): Promise<void> {
  needsProgram(context, 'ss', 'tar')
  await needsSandbox(context)
  world = await worldSetup(root, 'world-a')!.open({ workspace })
  await world.act!({ play: { ...usualPlay('own'), workers: 2, rate: 40 } })
}

/** Types a command, and resolves when it has ended. */
async function enter(name: string, command: string): Promise<void> {
  const pane = await world.pane(name)
  await expect.poll(() => pane.state).toBe('idle')
  const ended = new Promise<void>(resolve => {
    const stop = pane.listen(event => {
      if (event.kind !== 'end') return
      stop()
      resolve()
    })
  })
  pane.type(command)
  await ended
}

const workers = async () =>
  (await world.machine.read()).listeners.flatMap(({ owners }) => owners.map(({ pid }) => pid))

async function unpack(): Promise<string> {
  const folder = path.join(base, 'elsewhere')
  await mkdir(folder)
  await writeFile(path.join(base, 'scene.tar.gz'), await world.archive!())
  await run('tar', ['-xzf', path.join(base, 'scene.tar.gz'), '-C', folder])
  return path.join(folder, 'own')
}

test('what was clicked and typed is true in another run: `verify` says so', async context => {
  await play(context)
  const [first] = await workers()
  await world.act!({ act: 'stop', pid: first })
  await world.act!({ act: 'kill', pid: first })
  await world.act!({ act: 'add' })
  await expect.poll(workers).toHaveLength(2)
  await world.act!({ act: 'end', pid: (await workers()).at(-1) })
  await enter('mine', "ss -Hltn 'sport = :8080' | wc -l")
  await enter('mine', 'cat nothing')
  const load = await world.pane('load')
  load.write('\x03')
  await expect.poll(() => load.state).toBe('idle')
  await enter('load', 'echo done')

  const fences = await world.transcript!()
  expect(fences).toContain('^C')
  expect(fences).toContain('pane=mine')
  const folder = await unpack()
  const page = path.join(folder, 'page.md')
  await writeFile(page, `---\ntitle: Mine\ndescription: What I did.\n---\n\n# Mine\n\n${fences}`)
  const { status, out, error } = await verify(page)
  expect(`${out}${error}`).toContain('0 failed')
  expect(status).toBe(0)
})

test('unpacked in an empty folder it serves, with nothing but Node', async context => {
  needsProgram(context, 'unshare', 'ip')
  await play(context)
  const folder = await unpack()
  const readme = await readFile(path.join(folder, 'README.md'), 'utf8')
  const [serve, ask] = [...readme.matchAll(/```sh\n(.+)\n```/g)].map(([, command]) => command)
  expect(serve).toBe('node own.ts --workers 2')
  // A network of its own: the README says that port 8080 must be free.
  const lines = `ip link set lo up; ${serve} & until ss -ltn | grep -q :8080; do sleep 0.1; done; ${ask} & wait`
  const both = spawn('unshare', ['-Urnpf', '--kill-child', 'bash', '-c', lines], {
    cwd: folder,
    env: { PATH: process.env.PATH },
  })
  const ended = once(both, 'exit')
  let said = ''
  for (const stream of [both.stdout, both.stderr]) stream.on('data', text => (said += text))
  await expect.poll(() => said).toMatch(/^[\d.]+ s: [1-9]\d* answered/m)
  both.kill('SIGKILL')
  await ended
})

test('of the workspace nothing else comes along: no link, and no more than the bound', async context => {
  await play(context)
  await writeFile(path.join(base, 'secret'), 'secret')
  await symlink(path.join(base, 'secret'), path.join(workspace, 'link.ts'))
  await writeFile(path.join(workspace, 'README.md'), 'mine')
  const large = 'x'.repeat(255 * 1024)
  for (let i = 0; i * large.length < MAX_ARCHIVE + large.length; i++)
    await writeFile(path.join(workspace, `large-${i}.txt`), large)
  await writeFile(path.join(workspace, 'larger.txt'), large.repeat(2))
  const folder = await unpack()
  const names = await readdir(folder)
  expect(names).toContain('own.ts')
  expect(names).not.toContain('link.ts')
  expect(names).not.toContain('larger.txt')
  expect(names.filter(name => name.startsWith('large-')).length * large.length).toBeLessThanOrEqual(
    MAX_ARCHIVE,
  )
  expect(await readFile(path.join(folder, 'README.md'), 'utf8')).toMatch(/^Left out, .*larger\.txt/m)
})

test('a script of the course is copied, with what it imports, and runs', async context => {
  await play(context)
  await world.act!({ act: 'copy', script: '06-distribution/own.ts' })
  const copied = (await readdir(path.join(workspace, '06-distribution'))).sort()
  expect(copied).toEqual(['options.ts', 'own.ts', 'workers.ts'])
  const [, files] = /cp \S+\/06-distribution\/\{(.+)\} 06-distribution/.exec(await world.transcript!())!
  expect(files!.split(',').sort()).toEqual(copied)
  await world.act!({ act: 'copy', script: '05-parent-and-workers/shared.py' })
  await enter(
    'mine',
    '(timeout 5 python3 05-parent-and-workers/shared.py --port 9090 | head -n 1) 2>&1 > said',
  )
  expect(await readFile(path.join(workspace, 'said'), 'utf8')).toMatch(/^parent \d+ /)
  for (const script of [
    '../secret',
    '06-distribution/checks.ts',
    '06-distribution/own.ts; reboot',
    '/etc/passwd',
    '',
  ])
    await expect(world.act!({ act: 'copy', script })).rejects.toThrow('The course has no such script')
})
