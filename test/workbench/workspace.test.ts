import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { listScripts } from '../../playground/workbench/shipped-files.ts'
import { resetWorkspace } from '../../playground/workbench/starting-over.ts'
import { openWorkspace } from '../../playground/workbench/workspace.ts'

let base: string
let scripts: string
let workspace: string

beforeEach(async () => {
  base = await mkdtemp(path.join(os.tmpdir(), 'playground-test-'))
  scripts = path.join(base, 'lessons/01-test')
  workspace = path.join(base, 'seat/01-test')
  await mkdir(path.join(scripts, 'solution'), { recursive: true })
  await mkdir(path.join(scripts, 'sub'))
  for (const file of ['server.ts', 'checks.ts', 'solution/server.ts', 'sub/data.txt', '.hidden', 'page.md'])
    await writeFile(path.join(scripts, file), `${file} 1`)
})
afterEach(() => rm(base, { recursive: true, force: true }))

const read = (file: string) => readFile(path.join(workspace, file), 'utf8')

test('holds the scripts, and nothing that is not for the learner', async () => {
  await openWorkspace(await listScripts(scripts), workspace)
  expect((await readdir(workspace, { recursive: true })).sort()).toEqual(['server.ts', 'sub', 'sub/data.txt'])
})

test('what all lessons read is whole at any moment, however many open at once', async () => {
  const file = path.join(base, 'seat/package.json')
  const seen = new Set<string>()
  let open = true
  const look = async () => {
    while (open) seen.add(await readFile(file, 'utf8').catch(error => error.code))
  }
  const looking = look()
  const folders = Array.from({ length: 40 }, (_, index) => path.join(base, `seat/lesson-${index}`))
  await Promise.all(folders.map(async folder => openWorkspace(await listScripts(scripts), folder)))
  const { ino, mtimeMs } = await stat(file)
  await openWorkspace(await listScripts(scripts), workspace)
  expect(await stat(file)).toMatchObject({ ino, mtimeMs })
  open = false
  await looking
  seen.delete('ENOENT')
  expect([...seen]).toEqual(['{ "type": "module" }\n'])
  expect((await readdir(path.join(base, 'seat'))).filter(name => name.startsWith('package'))).toEqual([
    'package.json',
  ])
})

test('an untouched script follows its original, an edited one stays, a deleted one comes back', async () => {
  await openWorkspace(await listScripts(scripts), workspace)
  await writeFile(path.join(workspace, 'server.ts'), 'mine')
  await writeFile(path.join(workspace, 'own.ts'), 'mine too')
  await writeFile(path.join(scripts, 'server.ts'), 'server.ts 2')
  await writeFile(path.join(scripts, 'sub/data.txt'), 'data 2')
  await openWorkspace(await listScripts(scripts), workspace)
  expect([await read('server.ts'), await read('own.ts'), await read('sub/data.txt')]).toEqual([
    'mine',
    'mine too',
    'data 2',
  ])
  await rm(path.join(workspace, 'sub/data.txt'))
  await openWorkspace(await listScripts(scripts), workspace)
  expect([await read('server.ts'), await read('sub/data.txt')]).toEqual(['mine', 'data 2'])
})

test('starting over gives the scripts back and takes everything else away', async () => {
  await openWorkspace(await listScripts(scripts), workspace)
  await writeFile(path.join(workspace, 'server.ts'), 'mine')
  await writeFile(path.join(workspace, 'own.ts'), 'mine too')
  await resetWorkspace(await listScripts(scripts), workspace)
  expect(await read('server.ts')).toBe('server.ts 1')
  expect(await readdir(workspace)).not.toContain('own.ts')
})

test('a folder replaced by a link does not lead out of the workspace', async () => {
  await openWorkspace(await listScripts(scripts), workspace)
  const outside = path.join(base, 'outside')
  await mkdir(outside)
  await rm(path.join(workspace, 'sub'), { recursive: true })
  await symlink(outside, path.join(workspace, 'sub'))
  await openWorkspace(await listScripts(scripts), workspace)
  expect(await readdir(outside)).toEqual([])
})

test('a script replaced by a link is not written through', async () => {
  await openWorkspace(await listScripts(scripts), workspace)
  const outside = path.join(base, 'outside.ts')
  await rm(path.join(workspace, 'server.ts'))
  await symlink(outside, path.join(workspace, 'server.ts'))
  await openWorkspace(await listScripts(scripts), workspace)
  expect(await readdir(base)).not.toContain('outside.ts')
})

test('a lesson without scripts has an empty workspace', async () => {
  await openWorkspace([], workspace)
  expect(await readdir(workspace)).toEqual([])
})

test('a page that lies among too many files is refused with one line', async () => {
  for (let file = 0; file < 201; file++) await writeFile(path.join(scripts, `${file}.txt`), '')
  await expect(listScripts(scripts)).rejects.toThrow(
    /put the page and its scripts into a folder of their own$/,
  )
})
