/** Run by faults.test.ts in a mount namespace where terminals, or the disk, have run out. */
import { execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { createSandbox } from '../../playground/sandbox/sandbox.ts'
import { reasonOf } from '../../playground/terminal/close-reason.ts'
import { createPane } from '../../playground/terminal/pane.ts'
import { listScripts } from '../../playground/workbench/shipped-files.ts'
import { resetWorkspace } from '../../playground/workbench/starting-over.ts'
import { openWorkspace } from '../../playground/workbench/workspace.ts'

const base = await mkdtemp(path.join(os.tmpdir(), 'playground-test-'))
if (process.argv[2] === 'disk') await fillDisk()
else if (process.argv[2] === 'own disk') await fillOwnDisk()
else if (process.argv[2] === 'bubblewrap') await loseBubblewrap()
else await takeTerminals()
process.exit(0)

async function fillDisk(): Promise<void> {
  const scripts = path.join(base, 'scripts')
  await mkdir(scripts)
  await writeFile(path.join(scripts, 'server.ts'), 'x'.repeat(100_000))
  await openWorkspace(await listScripts(scripts), '/mnt/workspaces/01-one').catch(error =>
    console.log(reasonOf(error)),
  )
}

/** The learner has; what was shipped does not fit beside it. */
async function fillOwnDisk(): Promise<void> {
  const scripts = path.join(base, 'scripts')
  const workspace = '/mnt/workspaces/01-one'
  await mkdir(scripts)
  await writeFile(path.join(scripts, 'server.ts'), 'x'.repeat(100_000))
  await openWorkspace(await listScripts(scripts), workspace)
  await writeFile(`${workspace}/full`, Buffer.alloc(1_000_000)).catch(error => console.log(reasonOf(error)))
  await resetWorkspace(await listScripts(scripts), workspace)
  console.log((await readFile(`${workspace}/server.ts`)).length)
}

/** It is there, then it is not, then it is again. */
async function loseBubblewrap(): Promise<void> {
  const workspace = path.join(base, '01-one')
  await openWorkspace([], workspace)
  const program = execFileSync('which', ['bwrap'], { encoding: 'utf8' }).trim()
  const start = () =>
    createSandbox({ workspace, kind: 'bwrap' }).then(
      async sandbox => {
        await sandbox.close()
        console.log('started')
      },
      error => console.log(reasonOf(error)),
    )
  await start()
  execFileSync('mount', ['--bind', '/dev/null', program])
  await start()
  execFileSync('umount', [program])
  await start()
}

/** There are two. */
async function takeTerminals(): Promise<void> {
  const workspace = path.join(base, '01-one')
  await openWorkspace([], workspace)
  const sandbox = await createSandbox({ workspace, kind: 'none' })
  const [one, two, three] = ['one', 'two', 'three'].map(name => createPane(name, sandbox))
  const start = (pane = one!) =>
    pane.start().then(
      () => console.log(`${pane.name}: started`),
      error => console.log(`${pane.name}: ${reasonOf(error)}`),
    )
  await start(one)
  await start(two)
  await start(three)
  const answered = new Promise<void>(resolve => {
    one!.listen(event => {
      if (event.kind === 'end') resolve()
    })
  })
  one!.type('true')
  await answered
  console.log('one: answers')
  two!.write('exit\r')
  await two!.ended()
  await start(three)
  await sandbox.close()
}
