/** What each pane's bash does for its terminal. */
import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Sandbox } from '../../playground/sandbox/kind.ts'
import { createSandbox } from '../../playground/sandbox/sandbox.ts'
import { createPane, type Pane } from '../../playground/terminal/pane.ts'
import { openWorkspace } from '../../playground/workbench/workspace.ts'

let base: string
let sandbox: Sandbox
let pane: Pane
let said = ''

beforeEach(async () => {
  base = await mkdtemp(path.join(os.tmpdir(), 'playground-test-'))
  const workspace = path.join(base, '01-test')
  await openWorkspace([], workspace)
  sandbox = await createSandbox({ workspace })
  pane = createPane('shell', sandbox)
  said = ''
  pane.listen(event => {
    if (event.kind === 'output') said += event.bytes
  })
  await pane.start()
})

afterEach(async () => {
  await sandbox.close()
  await pane.ended()
  await rm(base, { recursive: true, force: true })
})

const enter = async (command: string) => {
  await expect.poll(() => pane.state).toBe('idle')
  pane.type(command)
}

// At its end Node sets the terminal as it found it: begun beside a prompt, without echo, and with Enter as no line's end.
test('a Node program that ends in the background leaves echo and Enter as they are', async () => {
  await enter(`node -e 'console.log("up:" + process.pid); setInterval(() => {}, 1e6)' &`)
  await expect.poll(() => said).toMatch(/up:\d/)
  // To the end of it, and its end is heard of before the prompt.
  await enter('kill $!; while kill -0 $! 2> /dev/null; do :; done')
  await enter('echo typed-$((40 + 2)); stty -a')
  await expect.poll(() => said).toMatch(/typed-42\r\n[\s\S]*-extproc/)
  expect(said).toContain('echo typed-$((40 + 2)); stty -a')
  expect(said).toMatch(/ icrnl [\s\S]* icanon [\s\S]* echo [\s\S]* noflsh /)
})
