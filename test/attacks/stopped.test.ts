/** Programs that stop others, and themselves, again and again: what is to end ends all the same. */
import { mkdtempSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createSandbox } from '../../playground/sandbox/sandbox.ts'
import { createPane } from '../../playground/terminal/pane.ts'
import { openWorkspace } from '../../playground/workbench/workspace.ts'
import { openStage, type Stage } from '../harness/client.ts'
import { needsSandbox } from '../harness/needs.ts'

/** Each is tried in all terminals of a lesson. */
const ATTACKS = {
  'the shell': 'kill -STOP $$',
  'the shell, again whenever it goes on': 'while :; do kill -STOP $$; done',
  'the shell, as a terminal does':
    'stty tostop; while :; do kill -TSTP $$; kill -TTIN $$; kill -TTOU $$; done',
  'all there is': 'setsid sleep 600 & kill -STOP -1; kill -STOP $$',
  'process 1 and what keeps the sandbox': 'while :; do kill -STOP 1 2 3 4 5; kill -STOP $$; done',
}
const TERMINALS = ['one', 'two', 'three', 'four', 'five', 'six']
let base: string
let stage: Stage | undefined

beforeEach(() => {
  base = mkdtempSync(path.join(os.tmpdir(), 'playground-test-'))
})
afterEach(async () => {
  await stage?.close()
  stage = undefined
  rmSync(base, { recursive: true, force: true })
})

for (const kind of ['bwrap', 'unshare', 'none'] as const)
  for (const [what, command] of Object.entries(ATTACKS)) {
    // Without namespaces they would stop what is not theirs.
    if (kind === 'none' && /-1|STOP 1/.test(command)) continue
    test(`${kind}: ${what} is stopped: the sandbox can be closed`, async context => {
      if (kind !== 'none') await needsSandbox(context)
      const workspace = path.join(base, '01-test')
      await openWorkspace([], workspace)
      const sandbox = await createSandbox({ workspace, kind })
      const panes = TERMINALS.map(name => createPane(name, sandbox))
      let begun = 0
      for (const pane of panes) {
        pane.listen(event => {
          if (event.kind === 'start') begun++
        })
        await pane.start()
      }
      for (const pane of panes) pane.type(command)
      // Not in all: one may have stopped the others before.
      await expect.poll(() => begun).toBeGreaterThan(0)
      const closed = sandbox.close()
      await Promise.all([closed, ...panes.map(pane => pane.ended())])
    })
  }

test('starting over, and the end of the server, wait for nothing that is stopped', async context => {
  await needsSandbox(context)
  stage = await openStage({ panes: TERMINALS })
  for (let round = 0; round < 2; round++) {
    const pages = await Promise.all(TERMINALS.map(name => stage!.join('01-one', name)))
    for (const page of pages) page.type('while :; do kill -STOP $$; done\r')
    await pages[0]!.until(() => pages[0]!.text.includes('done'))
    if (round === 0) expect((await stage.fetch('/api/reset/01-one', 'POST')).status).toBe(204)
  }
  // As by SIGTERM.
  await stage.close()
  stage = undefined
})
