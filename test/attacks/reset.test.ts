/** Whatever a program has made of its workspace: the lesson opens, starting over works, and the server ends. */
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readdir, symlink, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openStage, type Stage } from '../harness/client.ts'
import { ATTACK } from './own-workspace.ts'

const run = promisify(execFile)

let base: string
let stage: Stage
beforeEach(async () => {
  base = await mkdtemp(path.join(os.tmpdir(), 'playground-state-'))
  stage = await openStage({ state: path.join(base, 'state') })
})
afterEach(async () => {
  await stage.close()
  await run('sh', ['-c', 'chmod -Rf u+rwX "$1"; rm -rf "$1"', 'sh', base])
})

/** Of the learner whose workspaces they are. */
const seat = (...names: string[]) => path.join(stage.state, 'workspaces/seat-0', ...names)
const CLEAN = ['01-one', '01-one.shipped.json', 'node_modules', 'package.json']

/** The lesson as it is shipped, and nothing beside it in the end. */
async function expectFreshStart(): Promise<void> {
  expect((await stage.fetch('/api/reset/01-one', 'POST')).status).toBe(204)
  const page = await stage.join('01-one')
  page.type('cat server.ts; ls -A | wc -l\r')
  await page.until(() => /\/\/ shipped\s+1\s/.test(page.text))
}

test.for([
  'rm server.ts; mkfifo server.ts',
  'ln -sf /dev/zero server.ts',
  'rm server.ts; mkdir -p server.ts/server.ts; chmod 0 server.ts/server.ts',
  'rm server.ts; chmod 0 .',
  "mkdir $'\\xff'; mkfifo $'\\xff/\\xfe'; touch $'\\xff\\xfe'",
])('%s', ATTACK, async command => {
  const page = await stage.join('01-one')
  page.type(`${command}\r`)
  await page.answers()
  // Another server finds what is there now, then makes it as it was.
  await stage.close()
  stage = await openStage({ state: stage.state })
  await (await stage.join('01-one')).answers()
  await expectFreshStart()
  // What was mended when it was opened is kept, to go back to.
  const rest = async () => (await readdir(seat())).filter(name => name !== '01-one.kept')
  await expect.poll(async () => (await rest()).sort()).toEqual(CLEAN)
  expect(stage.lines).toEqual([])
})

test('what a crash has left beside a workspace is gone soon after the lesson is opened', async () => {
  await mkdir(seat('01-one.aside-0/x'), { recursive: true })
  await writeFile(seat('01-one.draft-0-1'), '')
  await (await stage.join('01-one')).answers()
  await expect.poll(async () => (await readdir(seat())).sort()).toEqual(CLEAN)
})

test('what cannot be removed is said in the log, and stops nothing', async context => {
  await (await stage.join('01-one')).answers()
  await writeFile(seat('01-one/stuck'), '')
  // Nothing that is kept.
  await symlink('/', seat('01-one/link'))
  const isStuck = await run('chattr', ['+i', seat('01-one/stuck')]).then(
    () => true,
    () => false,
  )
  if (!isStuck) context.skip('needs root and a file system that knows immutable files')
  try {
    await expectFreshStart()
    await expect
      .poll(() => stage.lines)
      .toContainEqual(
        expect.stringMatching(
          /^01-one: not all files of before the last reset could be removed: EPERM: .*stuck$/,
        ),
      )
  } finally {
    const left = (await readdir(seat())).find(name => name.startsWith('01-one.aside-'))!
    await run('chattr', ['-i', seat(left, 'stuck')])
  }
})

test(
  'undoing is for who has the key, for lessons that are, and as long as something is kept',
  ATTACK,
  async () => {
    expect((await stage.fetch('/api/restore/01-one', 'POST')).status).toBe(409)
    expect((await stage.fetch('/api/restore/01-none', 'POST')).status).toBe(404)
    expect((await stage.fetch('/api/restore/..%2f01-one', 'POST')).status).toBe(404)
    expect((await stage.fetch('/api/restore/01-one')).status).toBe(405)
    const page = await stage.join('01-one')
    page.type('echo mine > server.ts\r')
    await page.answers()
    expect((await stage.fetch('/api/reset/01-one', 'POST')).status).toBe(204)
    expect((await stage.fetch('/api/restore/01-one', 'POST')).status).toBe(204)
    const fresh = await stage.join('01-one')
    fresh.type('cat server.ts; ls -A | wc -l\r')
    await fresh.until(() => /mine\s+1\s/.test(fresh.text))
  },
)
