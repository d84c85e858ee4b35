/**
 * What a reader does to the files of a workspace on the page. Programs and other tabs may be at the same files: each
 * change says which version it was made from, and replaces no other one.
 */
import { createHash } from 'node:crypto'
import { mkdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import * as v from 'valibot'
import type { FileAnswer, FileList } from '../protocol.ts'
import { type Folder, openFolder } from '../sandbox/folder.ts'
import { ActError } from './act-error.ts'
import type { ShippedFile } from './shipped-files.ts'
import { place, placeOf, reach } from './workspace.ts'

/** Of one file that the page shows or writes, bytes. */
export const MAX_FILE = 256 * 1024
/** Files and folders that the page shows; more are not made by it. */
export const MAX_ENTRIES = 500
/** Names that are looked at for them: a program may have made millions of folders, links and pipes. */
export const MAX_LOOKS = 2000
/** Folders within each other. */
const MAX_DEPTH = 8

const name = /^(?!\.{1,2}$)[^/\p{Cc}]{1,100}$/u
const filePath = v.pipe(
  v.string(),
  v.check(text => text.split('/').every(part => name.test(part)) && text.split('/').length <= MAX_DEPTH),
)
const version = v.nullable(v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)))
const request = v.variant('do', [
  v.strictObject({ do: v.literal('list') }),
  v.strictObject({ do: v.literal('read'), path: filePath }),
  v.strictObject({ do: v.literal('save'), path: filePath, text: v.string(), base: version }),
  v.strictObject({ do: v.literal('remove'), path: filePath, base: version }),
  v.strictObject({ do: v.literal('rename'), path: filePath, to: filePath, base: version }),
])

type Request = v.InferOutput<typeof request>

/** @throws ActError for what nobody could do */
export function parseFileRequest(value: unknown): Request {
  const { success, output } = v.safeParse(request, value)
  if (success) return output
  throw new ActError(400, 'this is no list, read, save, remove or rename of a file in the workspace')
}

/**
 * One at a time for a workspace: of two that are made from the same version the second one is refused.
 *
 * @param shipped what the workspace was given
 * @param folder the workspace
 * @throws ActError for what cannot be done
 */
export async function doWithFiles(
  wanted: Request,
  shipped: readonly ShippedFile[],
  folder: string,
): Promise<FileList | FileAnswer> {
  const { base, name } = placeOf(folder)
  await mkdir(base, { recursive: true })
  await using beside = await openFolder(base)
  await using workspace = await beside.enter(name)
  if (!workspace) throw new ActError(409, 'There are no files yet: open a terminal first.')
  if (wanted.do === 'list') return await list(workspace, shipped)
  await using way = new AsyncDisposableStack()
  const at = await find(workspace, wanted.path, way, wanted.do === 'save')
  const there = await readText(at, wanted.path)
  if (wanted.do === 'read')
    return there ? { ...there, original: await originalOf(shipped, wanted.path) } : { conflict: null }
  if ((there?.version ?? null) !== wanted.base) return { conflict: there ?? null }
  if (wanted.do === 'save') return await save(wanted)
  if (!there) return { conflict: null }
  const { folder: from, file } = at!
  if (wanted.do === 'remove') await from.unlink(file)
  else {
    const to = await find(workspace, wanted.to, way, true)
    if (!(await from.moveToFree(file, to!.folder, to!.file)))
      throw new ActError(409, `There is a file ${wanted.to} already.`)
  }
  return { text: there.text, version: there.version }

  async function save({ path: file, text }: Request & { do: 'save' }): Promise<FileAnswer> {
    const bytes = Buffer.from(text)
    if (bytes.length > MAX_FILE)
      throw new ActError(409, `${file} would be larger than ${MAX_FILE >> 10} KiB.`)
    if (!there && !(await walk(workspace!)).isAll)
      throw new ActError(409, `There are ${MAX_ENTRIES} files already, the most that the page makes.`)
    const { mode } = (await at!.folder.look(at!.file)) ?? {}
    if (await place(beside, name, bytes, at!.folder, at!.file, mode, !there))
      return { text, version: versionOf(bytes) }
    return { conflict: (await readText(at, file)) ?? null }
  }
}

/** @returns the version of a file that the page could show; undefined where there is none. @throws ActError */
export async function versionIn(folder: string, file: string): Promise<string | undefined> {
  const { base, name } = placeOf(folder)
  await using beside = await openFolder(base)
  await using workspace = await beside.enter(name)
  await using way = new AsyncDisposableStack()
  const at = workspace && v.is(filePath, file) ? await find(workspace, file, way, false) : undefined
  return (await readText(at, file))?.version
}

/**
 * All files of a workspace that the page could show, for somebody who takes them along.
 *
 * @returns `left`: paths of those that are no text, too large, or beyond `most` bytes together
 */
export async function readFiles(
  folder: string,
  most: number,
): Promise<{ files: { path: string; text: string }[]; left: string[] }> {
  const { base, name } = placeOf(folder)
  await using beside = await openFolder(base)
  await using workspace = await beside.enter(name)
  const files: { path: string; text: string }[] = []
  const left: string[] = []
  let bytes = 0
  const found = workspace ? (await walk(workspace)).found : []
  for (const { path: file, size } of found) {
    await using way = new AsyncDisposableStack()
    const at =
      bytes + size > most ? undefined : await find(workspace!, file, way, false).catch(() => undefined)
    const text = (await readText(at, file).catch(() => undefined))?.text
    bytes += text === undefined ? 0 : Buffer.byteLength(text)
    if (text === undefined || bytes > most) left.push(file)
    else files.push({ path: file, text })
  }
  return { files, left }
}

interface Found {
  path: string
  size: number
}

async function list(workspace: Folder, shipped: readonly ShippedFile[]): Promise<FileList> {
  const { found, isAll } = await walk(workspace)
  const files = await Promise.all(
    found.map(async ({ path: file, size }) => {
      const original = await originalOf(shipped, file)
      if (original === undefined) return { path: file, size, state: 'own' as const }
      await using way = new AsyncDisposableStack()
      const at = await find(workspace, file, way, false).catch(() => undefined)
      const there = await readText(at, file).catch(() => undefined)
      return { path: file, size, state: there?.text === original ? ('same' as const) : ('changed' as const) }
    }),
  )
  return { files: files.sort((a, b) => (a.path < b.path ? -1 : 1)), isAll }
}

/** Files that the page can name, `MAX_ENTRIES` at most; `isAll`: and there are no more. */
async function walk(workspace: Folder): Promise<{ found: Found[]; isAll: boolean }> {
  const found: Found[] = []
  let looks = 0
  await look(workspace, [])
  return { found, isAll: !isEnough() }

  function isEnough(): boolean {
    return found.length >= MAX_ENTRIES || looks >= MAX_LOOKS
  }

  async function look(folder: Folder, above: string[]): Promise<void> {
    for await (const bytes of folder.names()) {
      if (isEnough()) return
      looks++
      const own = bytes.toString()
      if (!name.test(own) || own.includes('\ufffd') || own === '__pycache__') continue
      const parts = [...above, own]
      const { kind, size = 0 } = (await folder.look(bytes)) ?? {}
      if (kind === 'file') found.push({ path: parts.join('/'), size })
      if (kind !== 'folder' || parts.length >= MAX_DEPTH) continue
      await using inner = await folder.enter(bytes)
      if (inner) await look(inner, parts)
    }
  }
}

/** The folder that holds a file of this path; undefined where none is, and none is to be made. */
async function find(
  workspace: Folder,
  file: string,
  way: AsyncDisposableStack,
  isMade: boolean,
): Promise<{ folder: Folder; file: string } | undefined> {
  let folder: Folder | undefined = workspace
  if (isMade) folder = await reach(workspace, path.dirname(file), way)
  else
    for (const part of file.split('/').slice(0, -1)) {
      folder = await folder.enter(part)
      if (!folder) return undefined
      way.use(folder)
    }
  if (!folder) throw new ActError(409, `${path.dirname(file)} is no folder.`)
  return { folder, file: path.basename(file) }
}

/** @returns undefined where there is nothing. @throws ActError for what is no text that the page can show */
async function readText(
  at: { folder: Folder; file: string } | undefined,
  file: string,
): Promise<{ text: string; version: string } | undefined> {
  const bytes = at ? await at.folder.read(at.file, MAX_FILE) : 'nothing'
  if (bytes === 'nothing') return undefined
  const refused = new ActError(409, `${file} is no text of at most ${MAX_FILE >> 10} KiB.`)
  if (bytes === 'unreadable') throw refused
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
    return { text, version: versionOf(bytes) }
  } catch {
    throw refused
  }
}

async function originalOf(shipped: readonly ShippedFile[], file: string): Promise<string | undefined> {
  const from = shipped.find(each => each.file === file)?.from
  return from && readFile(from, 'utf8')
}

function versionOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}
