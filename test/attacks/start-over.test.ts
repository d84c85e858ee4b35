/** What a learner's program can make of a workspace that is to be removed, before and while it is. */
import { once } from 'node:events'
import { chmodSync, lstatSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { listScripts } from '../../playground/workbench/shipped-files.ts'
import { removeAside, resetWorkspace } from '../../playground/workbench/starting-over.ts'
import { ATTACK, USERS, useOwnWorkspace } from './own-workspace.ts'

/** Milliseconds that a race is run. */
const RACE = 3000

describe.for(USERS)('starting over, as $user', ATTACK, ({ asRoot }) => {
  const own = useOwnWorkspace(asRoot)

  test('folders that nobody may enter are entered, and removed', async () => {
    await own.open()
    mkdirSync(own.inside('own/deep/deeper'), { recursive: true })
    writeFileSync(own.inside('own/deep/deeper/file'), '')
    for (const name of ['own/deep/deeper', 'own/deep', 'own', 'sub', '.']) chmodSync(own.inside(name), 0)
    writeFileSync(path.join(own.scripts, 'sub/data.txt'), 'anew')
    await own.open()
    expect(readFileSync(own.inside('sub/data.txt'), 'utf8')).toBe('anew')
    chmodSync(own.workspace, 0)
    await own.expectFreshStart()
  })

  test('names that are no UTF-8', async () => {
    await own.open()
    const folder = Buffer.concat([Buffer.from(`${own.workspace}/`), Buffer.from([0xff, 0x0a, 0xfe])])
    mkdirSync(folder)
    writeFileSync(Buffer.concat([folder, Buffer.from('/'), Buffer.from([0xc3])]), '')
    await own.open()
    await own.expectFreshStart()
  })

  test('a tree so deep that no path leads to its end', async () => {
    await own.open()
    const program = own.start(`
      const fs = require('fs')
      const name = 'd'.repeat(100)
      for (let depth = 0; depth < 2000; depth++) {
        fs.mkdirSync(name)
        fs.writeFileSync('file', '')
        process.chdir(name)
      }`)
    expect(await once(program, 'exit')).toEqual([0, null])
    await own.open()
    await own.expectFreshStart()
  })

  test('more files and folders than one look at a folder shows', async () => {
    await own.open()
    for (let index = 0; index < 3000; index++) {
      writeFileSync(own.inside(`file-${index}`), '')
      if (index % 2 === 0) mkdirSync(own.inside(`many/folder-${index}/inner`), { recursive: true })
    }
    await own.open()
    await own.expectFreshStart()
  })

  test('what a crash has left is removed: a workspace put aside, a file half written', async () => {
    await own.open()
    mkdirSync(own.beside('01-test.aside-0/x'), { recursive: true })
    writeFileSync(own.beside('01-test.draft-0-1'), '')
    mkdirSync(own.beside('02-other.aside-0'))
    await removeAside(own.workspace)
    expect(readdirSync(own.beside()).sort()).toEqual([
      '01-test',
      '01-test.shipped.json',
      '02-other.aside-0',
      'node_modules',
      'package.json',
    ])
  })

  test('while folders and links are swapped: nothing elsewhere is removed, made or given away', async () => {
    for (let index = 0; index < 20; index++) {
      writeFileSync(path.join(own.scripts, `sub/data-${index}`), 'shipped')
      writeFileSync(path.join(own.outside, `own-${index}`), 'precious')
    }
    const before = contentsOf(own.outside)
    await own.open()
    const program = own.start(SWAPS, own.workspace, own.outside)
    await once(program.stdout!, 'data')
    const errors: unknown[] = []
    const end = performance.now() + RACE
    while (performance.now() < end) {
      await resetWorkspace(await listScripts(own.scripts), own.workspace).catch(error => errors.push(error))
      await own.open().catch(error => errors.push(error))
      // As long as a program goes on filling what was put aside, its removal need not come to an end.
      await removeAside(own.workspace, AbortSignal.timeout(200)).catch(() => {})
      expect(contentsOf(own.outside)).toEqual(before)
    }
    expect(errors).toEqual([])
    program.kill('SIGKILL')
    await once(program, 'exit')
    await resetWorkspace(await listScripts(own.scripts), own.workspace)
    await removeAside(own.workspace)
    // What there was last is kept, if there was nothing but plain files at that moment.
    const beside = readdirSync(own.beside()).filter(name => name !== '01-test.kept')
    expect(beside.sort()).toEqual(['01-test', '01-test.shipped.json', 'node_modules', 'package.json'])
    expect(contentsOf(own.outside)).toEqual(before)
  })
})

/** Names, whose they are, and what is in them. */
function contentsOf(folder: string): string[] {
  const names = readdirSync(folder).sort()
  return names.map(name => {
    const file = path.join(folder, name)
    return `${name} ${lstatSync(file).uid} ${readFileSync(file, 'utf8')}`
  })
}

/** `sub` is a folder with files named as those elsewhere, then a link to there, and so on. */
const SWAPS = `
  const fs = require('fs')
  const [workspace, outside] = process.argv.slice(1)
  const attempt = work => { try { work() } catch {} }
  console.log('started')
  for (;;) {
    attempt(() => process.chdir(workspace))
    attempt(() => fs.unlinkSync('sub'))
    attempt(() => fs.mkdirSync('sub'))
    attempt(() => fs.symlinkSync(outside, 'link'))
    for (let index = 0; index < 20; index++) attempt(() => fs.writeFileSync('sub/own-' + index, ''))
    attempt(() => {
      for (let turn = 0; turn < 3000; turn++) {
        fs.renameSync('sub', 'folder')
        fs.renameSync('link', 'sub')
        fs.renameSync('sub', 'link')
        fs.renameSync('folder', 'sub')
      }
    })
  }`
