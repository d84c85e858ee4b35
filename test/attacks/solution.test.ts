/** What asks for a challenge's solution: it comes beside the reader's files, whatever lies there. */
import { lstat, mkdir, mkdtemp, readFile, readlink, rm, symlink, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { listScripts, listSolution } from '../../playground/workbench/shipped-files.ts'
import { giveFiles } from '../../playground/workbench/workspace.ts'
import { type Front, KEY, raw, request, startFront } from '../harness/front.ts'

describe('the route', () => {
  let front: Front
  afterEach(() => front.close())

  test.each<[what: string, status: number, target: string, fields: Record<string, string>]>([
    ['with the key it is given', 201, 'POST /api/solution/02-x/win', {}],
    ['of none of files nothing is given', 204, 'POST /api/solution/02-x/empty', {}],
    ['without a key', 401, 'POST /api/solution/02-x/win', { Authorization: 'none' }],
    ['from a page of another site', 403, 'POST /api/solution/02-x/win', { Origin: 'http://evil.example' }],
    ['of a lesson that is not there', 404, 'POST /api/solution/missing/win', {}],
    ['of a challenge that is not there', 404, 'POST /api/solution/02-x/missing', {}],
    ['of a name that is a path', 404, 'POST /api/solution/02-x/..', {}],
    ['of a name that hides a path', 404, 'POST /api/solution/02-x/..%2fwin', {}],
    ['with another method', 405, 'PUT /api/solution/02-x/win', {}],
    ['with a body', 413, 'POST /api/solution/02-x/win', { 'Content-Length': '2' }],
  ])('%s: %i', async (_what, status, target, fields) => {
    front = await startFront()
    const head = request(target, {
      Host: `127.0.0.1:${front.port}`,
      Authorization: `Bearer ${KEY}`,
      Connection: 'close',
      ...fields,
    })
    const answer = await raw(front.port, fields['Content-Length'] ? `${head}{}` : head)
    expect(answer.status).toBe(status)
    const given = front.seat.calls.filter(call => call.startsWith('solve ') && !call.endsWith('missing'))
    const [, name] = /(02-x\/\w+)$/.exec(target) ?? []
    expect(given).toEqual(status < 300 ? [`solve ${name}`] : [])
  })
})

describe('the files', () => {
  let base: string
  let scripts: string
  let workspace: string
  beforeEach(async () => {
    base = await mkdtemp(path.join(os.tmpdir(), 'playground-test-'))
    scripts = path.join(base, 'scripts')
    workspace = path.join(base, 'workspaces', '02-x')
    await mkdir(path.join(scripts, 'solution/win/deep'), { recursive: true })
    await mkdir(path.join(scripts, 'solution/other'), { recursive: true })
    await mkdir(workspace, { recursive: true })
    await writeFile(path.join(scripts, 'server.ts'), 'starter')
    await writeFile(path.join(scripts, 'solution/win/server.ts'), 'solved')
    await writeFile(path.join(scripts, 'solution/win/deep/more.ts'), 'more')
    await writeFile(path.join(scripts, 'solution/other/server.ts'), 'of another one')
  })
  afterEach(() => rm(base, { recursive: true, force: true }))

  const give = async () => giveFiles(await listSolution(scripts, 'win'), workspace)
  const mine = (file: string) => path.join(workspace, 'solution/win', file)

  test('a workspace begins without them', async () => {
    expect((await listScripts(scripts)).map(({ file }) => file)).toEqual(['server.ts'])
  })

  test('those of the one challenge, and nothing over what is there', async () => {
    await mkdir(mine(''), { recursive: true })
    await writeFile(mine('server.ts'), 'mine')
    await give()
    expect(await readFile(mine('server.ts'), 'utf8')).toBe('mine')
    expect(await readFile(mine('deep/more.ts'), 'utf8')).toBe('more')
    await expect(lstat(path.join(workspace, 'solution/other'))).rejects.toThrow('ENOENT')
    await rm(mine('server.ts'))
    await give()
    expect(await readFile(mine('server.ts'), 'utf8')).toBe('solved')
  })

  test('a link in their way is not followed', async () => {
    const outside = path.join(base, 'outside')
    await mkdir(outside)
    await symlink(outside, path.join(workspace, 'solution'))
    await give()
    expect(await readlink(path.join(workspace, 'solution'))).toBe(outside)
    await expect(lstat(path.join(outside, 'win'))).rejects.toThrow('ENOENT')
    await rm(path.join(workspace, 'solution'))
    await mkdir(mine(''), { recursive: true })
    await symlink(path.join(outside, 'made'), mine('server.ts'))
    await give()
    await expect(lstat(path.join(outside, 'made'))).rejects.toThrow('ENOENT')
    expect(await readlink(mine('server.ts'))).toBe(path.join(outside, 'made'))
  })

  test('a challenge without files has none', async () => {
    expect(await listSolution(scripts, 'none')).toEqual([])
  })
})
