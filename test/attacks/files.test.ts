/** What asks for the files of a workspace, and what a program may put in their place meanwhile. */
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { mkdtemp, rename, rm, symlink } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  doWithFiles,
  MAX_ENTRIES,
  MAX_FILE,
  MAX_LOOKS,
  parseFileRequest,
} from '../../playground/workbench/files.ts'
import type { ShippedFile } from '../../playground/workbench/shipped-files.ts'
import { type Front, KEY, raw, request, startFront } from '../harness/front.ts'

describe('the route', () => {
  let front: Front
  afterEach(() => front.close())

  const LIST = '{"do":"list"}'
  test.each<[what: string, status: number, fields: Record<string, string>, over?: object]>([
    ['with the key it is done', 200, {}],
    ['without a key', 401, { Authorization: 'none' }],
    ['from a page of another site', 403, { Origin: 'http://evil.example' }],
    ['started by another site', 403, { 'Sec-Fetch-Site': 'cross-site' }],
    ['of what is not there', 404, {}, { name: 'missing' }],
    ['of a name that is a path', 404, {}, { name: '..%2f02-x' }],
    ['with another method', 405, {}, { method: 'PUT' }],
    ['with no JSON', 400, {}, { body: '{"do":' }],
    ['with more than may be', 413, {}, { body: `"${'x'.repeat(2 * 1024 * 1024)}"` }],
  ])('%s: %i', async (_what, status, fields, over = {}) => {
    front = await startFront()
    const { name = '02-x', method = 'POST', body = LIST } = over as Record<string, string>
    const head = request(`${method} /api/files/${name}`, {
      Host: `127.0.0.1:${front.port}`,
      Authorization: `Bearer ${KEY}`,
      'Content-Length': `${Buffer.byteLength(body)}`,
      Connection: 'close',
      ...fields,
    })
    expect((await raw(front.port, head + body)).status).toBe(status)
    const done = front.seat.calls.filter(call => call.startsWith('files '))
    expect(done).toEqual(status === 200 ? [`files 02-x ${LIST}`] : [])
  })
})

test.each([
  ...['', '/etc/passwd', '../x', 'a/../../x', './x', 'a//b', 'a/', 'a\0b', 'a\nb', 'x'.repeat(101)],
  `${'a/'.repeat(8)}a`,
])('%j is no path in a workspace', file => {
  for (const what of ['read', 'save', 'remove', 'rename'])
    for (const request of [
      { path: file, to: 'b' },
      { path: 'a', to: file },
    ].slice(0, what === 'rename' ? 2 : 1))
      expect(() =>
        parseFileRequest({
          do: what,
          path: request.path,
          ...(what === 'rename' && { to: request.to }),
          ...(what === 'save' && { text: '' }),
          ...(what !== 'read' && { base: null }),
        }),
      ).toThrow('this is no')
})

/** `kept` is a folder that holds something, then a file, and so on, as fast as can be. */
const SWAPS = `
  const fs = require('fs')
  const attempt = (from, to) => { try { fs.renameSync(from, to) } catch {} }
  console.log('started')
  for (;;) {
    if (!fs.existsSync('mine')) fs.writeFileSync('mine', '')
    attempt('kept', 'aside')
    attempt('mine', 'kept')
    attempt('kept', 'mine')
    attempt('aside', 'kept')
  }`

describe('in a workspace', () => {
  let base: string
  let folder: string
  let outside: string
  let shipped: ShippedFile[]
  beforeEach(async () => {
    base = await mkdtemp(path.join(os.tmpdir(), 'playground-test-'))
    folder = path.join(base, 'workspaces', '02-x')
    outside = path.join(base, 'outside')
    mkdirSync(path.join(folder, 'sub'), { recursive: true })
    mkdirSync(outside)
    writeFileSync(path.join(outside, 'secret'), 'secret')
    writeFileSync(path.join(base, 'original.ts'), 'original')
    writeFileSync(path.join(folder, 'server.ts'), 'original')
    shipped = [{ file: 'server.ts', from: path.join(base, 'original.ts'), mode: 0o644 }]
  })
  afterEach(() => rm(base, { recursive: true, force: true }))

  const inside = (file: string) => path.join(folder, file)
  const ask = (request: unknown) => doWithFiles(parseFileRequest(request), shipped, folder)
  const read = async (file: string) =>
    (await ask({ do: 'read', path: file })) as { text: string; version: string }
  const save = (file: string, text: string, version: string | null) =>
    ask({ do: 'save', path: file, text, base: version })

  test('list, read, save, rename, remove, and what was given', async () => {
    const { version } = await read('server.ts')
    expect(await read('server.ts')).toMatchObject({ text: 'original', original: 'original' })
    expect(await save('server.ts', 'mine', version)).toMatchObject({ text: 'mine' })
    expect(await save('new/deep/er.py', 'x', null)).toMatchObject({ text: 'x' })
    const list = (await ask({ do: 'list' })) as { files: object[] }
    expect(list).toEqual({
      files: [
        { path: 'new/deep/er.py', size: 1, state: 'own' },
        { path: 'server.ts', size: 4, state: 'changed' },
      ],
      isAll: true,
    })
    const { version: base } = await read('new/deep/er.py')
    await ask({ do: 'rename', path: 'new/deep/er.py', to: 'er.py', base })
    expect([existsSync(inside('new/deep/er.py')), readFileSync(inside('er.py'), 'utf8')]).toEqual([
      false,
      'x',
    ])
    expect(await ask({ do: 'remove', path: 'er.py', base })).toMatchObject({ text: 'x' })
    expect(existsSync(inside('er.py'))).toBe(false)
    expect(readdirSync(path.dirname(folder))).toEqual(['02-x'])
  })

  test('another version is never replaced: both are there to choose from', async () => {
    const { version } = await read('server.ts')
    writeFileSync(inside('server.ts'), 'from a terminal')
    const theirs = { conflict: { text: 'from a terminal', version: (await read('server.ts')).version } }
    expect(await save('server.ts', 'mine', version)).toEqual(theirs)
    expect(await save('server.ts', 'mine', null)).toEqual(theirs)
    expect(await ask({ do: 'remove', path: 'server.ts', base: version })).toEqual(theirs)
    expect(await ask({ do: 'rename', path: 'server.ts', to: 'b.ts', base: version })).toEqual(theirs)
    expect(readFileSync(inside('server.ts'), 'utf8')).toBe('from a terminal')
    await rm(inside('server.ts'))
    expect(await save('server.ts', 'mine', version)).toEqual({ conflict: null })
    expect(existsSync(inside('server.ts'))).toBe(false)
  })

  test('a new name replaces nothing', async () => {
    writeFileSync(inside('b.ts'), 'b')
    const { version } = await read('server.ts')
    await expect(ask({ do: 'rename', path: 'server.ts', to: 'b.ts', base: version })).rejects.toThrow(
      'already',
    )
    expect([readFileSync(inside('server.ts'), 'utf8'), readFileSync(inside('b.ts'), 'utf8')]).toEqual([
      'original',
      'b',
    ])
  })

  test.each<[what: string, make: (file: string) => void]>([
    ['a link to a file elsewhere', file => symlinkSync(path.join(outside, 'secret'), file)],
    ['a link to a device without end', file => symlinkSync('/dev/zero', file)],
    ['a FIFO', file => void execFileSync('mkfifo', [file])],
    ['a folder', file => void mkdirSync(file)],
    [
      'a file of 5 GiB',
      file => {
        writeFileSync(file, '')
        truncateSync(file, 5 * 2 ** 30)
      },
    ],
    ['bytes that are no text', file => writeFileSync(file, Buffer.from([0xff, 0xfe]))],
  ])('%s is not read, and not replaced', async (_what, make) => {
    make(inside('odd'))
    for (const request of [
      { do: 'read', path: 'odd' },
      { do: 'save', path: 'odd', text: 'mine', base: null },
      { do: 'remove', path: 'odd', base: null },
      { do: 'rename', path: 'odd', to: 'even', base: null },
    ])
      await expect(ask(request)).rejects.toThrow('odd is no text of at most 256 KiB.')
    await ask({ do: 'list' })
    expect(readFileSync(path.join(outside, 'secret'), 'utf8')).toBe('secret')
  })

  test('a link in place of a folder leads nowhere', async () => {
    symlinkSync(outside, inside('way'))
    expect(await ask({ do: 'read', path: 'way/secret' })).toEqual({ conflict: null })
    await expect(save('way/new', 'mine', null)).rejects.toThrow('way is no folder.')
    await expect(save('way/deep/new', 'mine', null)).rejects.toThrow('way/deep is no folder.')
    const { files } = (await ask({ do: 'list' })) as { files: { path: string }[] }
    expect(files.map(({ path }) => path)).toEqual(['server.ts'])
    expect(readdirSync(outside)).toEqual(['secret'])
  })

  test('while folders and links are swapped: nothing elsewhere is read or written', async () => {
    writeFileSync(inside('sub/secret'), 'mine')
    let swapping = true
    const swaps = (async () => {
      while (swapping) {
        // A file that is saved meanwhile may have made the folder anew.
        await rename(inside('sub'), inside('aside')).catch(() => {})
        await symlink(outside, inside('sub')).catch(() => {})
        await rm(inside('sub'), { recursive: true, force: true }).catch(() => {})
        await rename(inside('aside'), inside('sub')).catch(() => {})
      }
    })()
    let met = 0
    for (let i = 0; i < 300; i++) {
      const seen = await read('sub/secret').catch(() => undefined)
      if (seen?.text !== undefined) {
        met++
        expect(seen.text).toMatch(/^mine/)
        await save('sub/secret', `mine ${i}`, seen.version).catch(() => {})
      }
      await save(`sub/new-${i}`, 'mine', null).catch(() => {})
    }
    swapping = false
    await swaps
    expect(met).toBeGreaterThan(0)
    expect(readdirSync(outside)).toEqual(['secret'])
    expect(readFileSync(path.join(outside, 'secret'), 'utf8')).toBe('secret')
  })

  test('sizes and numbers have bounds, and a program that has made too many is no trouble', async () => {
    await expect(save('big', 'x'.repeat(MAX_FILE + 1), null)).rejects.toThrow('larger than 256 KiB')
    for (let i = 0; i < MAX_ENTRIES + 20; i++) writeFileSync(inside(`sub/${i}`), '')
    const { files, isAll } = (await ask({ do: 'list' })) as { files: unknown[]; isAll: boolean }
    expect([files.length, isAll]).toEqual([MAX_ENTRIES, false])
    await expect(save('one-more', '', null)).rejects.toThrow('the most that the page makes')
    expect(await save('server.ts', 'still', (await read('server.ts')).version)).toMatchObject({
      text: 'still',
    })
  })

  test('folders, links and pipes without number are looked at so many times, and it is said', async () => {
    for (let i = 0; i < MAX_LOOKS; i++) symlinkSync('/', inside(`sub/link-${i}`))
    for (let i = 0; i < 20; i++) mkdirSync(inside(`sub/${i}`))
    expect(await ask({ do: 'list' })).toMatchObject({ isAll: false })
    await expect(save('one-more', '', null)).rejects.toThrow('the most that the page makes')
  })

  test('a folder that comes in a file’s place is not removed with it', async () => {
    mkdirSync(inside('kept'))
    writeFileSync(inside('kept/precious'), '')
    writeFileSync(inside('mine'), '')
    const swaps = spawn(process.execPath, ['-e', SWAPS], { cwd: folder })
    await once(swaps.stdout, 'data')
    let met = 0
    for (let i = 0; i < 300; i++) {
      const seen = await read('kept').catch(() => undefined)
      if (seen?.version === undefined) continue
      met++
      await ask({ do: 'remove', path: 'kept', base: seen.version }).catch(() => {})
    }
    swaps.kill('SIGKILL')
    await once(swaps, 'exit')
    expect(met).toBeGreaterThan(0)
    expect([inside('kept/precious'), inside('aside/precious')].filter(file => existsSync(file))).toHaveLength(
      1,
    )
  })

  test('a workspace that nobody has opened yet is told in one line', async () => {
    await rm(path.dirname(folder), { recursive: true })
    await expect(ask({ do: 'list' })).rejects.toThrow('There are no files yet: open a terminal first.')
  })

  test('names that are no UTF-8 or hold control characters are left out', async () => {
    for (const odd of [Buffer.from([0x61, 0xff]), Buffer.from('b\n')])
      writeFileSync(Buffer.concat([Buffer.from(`${folder}/`), odd]), '')
    const { files } = (await ask({ do: 'list' })) as { files: { path: string }[] }
    expect(files.map(({ path }) => path)).toEqual(['server.ts'])
  })
})
