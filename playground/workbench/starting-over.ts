/** A workspace is given back as it was; what the learner made is kept once, or put aside to be removed. */
import { isUtf8 } from 'node:buffer'
import { randomUUID } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { type Folder, type Name, openFolder } from '../sandbox/folder.ts'
import { MAX_BYTES, MAX_FILES, type ShippedFile } from './shipped-files.ts'
import { isLeftDraft, nextDraft, openWorkspace, placeOf } from './workspace.ts'

/** Milliseconds that starting over waits for room on a full disk. */
const MAKE_ROOM_TIMEOUT = 60_000
/** Behind the name of a workspace: one that was started over and waits to be removed, where no sandbox reaches. */
const ASIDE = '.aside-'
/** Behind the name of a workspace: the one that was started over last, to go back to. There is one at most. */
const KEPT = '.kept'
/** Of folders in folders, in what is kept. */
const MAX_DEPTH = 8

/**
 * Gives the scripts back as they were. What the learner made is kept, one copy of it, to go back to; where it is more
 * than files as scripts have them, it is put aside in one step, whatever it is, and is then for `removeAside`.
 */
export async function resetWorkspace(files: readonly ShippedFile[], folder: string): Promise<void> {
  const { base, name } = placeOf(folder)
  await mkdir(base, { recursive: true })
  await using beside = await openFolder(base)
  await putAside(beside, name, name + KEPT)
  if (await isOrdinary(beside, name)) await beside.move(name, beside, name + KEPT)
  else await putAside(beside, name, name)
  await beside.remove(`${name}.shipped.json`)
  try {
    await openWorkspace(files, folder)
  } catch {
    // What was put aside or is kept may be what fills the disk.
    await putAside(beside, name, name + KEPT)
    await removeAside(folder, AbortSignal.timeout(MAKE_ROOM_TIMEOUT)).catch(() => {})
    await openWorkspace(files, folder)
  }
}

/** Whether starting over has kept something to go back to. */
export async function isKept(folder: string): Promise<boolean> {
  const { base, name } = placeOf(folder)
  await mkdir(base, { recursive: true })
  await using beside = await openFolder(base)
  return (await beside.look(name + KEPT)) !== undefined
}

/** Goes back to what is kept, and keeps in its place what is there now. */
export async function restoreWorkspace(files: readonly ShippedFile[], folder: string): Promise<void> {
  const { base, name } = placeOf(folder)
  {
    await using beside = await openFolder(base)
    // No removal that is under way takes it for something that was put aside.
    const now = nextDraft(name)
    await beside.move(name, beside, now).catch(ignoreMissing)
    await beside.move(name + KEPT, beside, name)
    await beside.move(now, beside, name + KEPT).catch(ignoreMissing)
  }
  await openWorkspace(files, folder)
}

/** For `removeAside`. */
async function putAside(beside: Folder, name: string, what: string): Promise<void> {
  await beside.move(what, beside, `${name}${ASIDE}${randomUUID()}`).catch(ignoreMissing)
}

/** Whether it is files and folders as a lesson has them: few, small, with plain names, for their owner to change. */
async function isOrdinary(
  folder: Folder,
  name: Name,
  left = { files: MAX_FILES, bytes: MAX_BYTES, depth: MAX_DEPTH },
): Promise<boolean> {
  const look = await folder.look(name)
  if (!look || --left.files < 0) return false
  if (look.kind === 'file') {
    left.bytes -= look.size
    return left.bytes >= 0
  }
  if (look.kind !== 'folder' || left.depth === 0 || (look.mode & 0o700) !== 0o700) return false
  await using inner = await folder.enter(name)
  if (!inner) return false
  left.depth--
  for await (const each of inner.names())
    if (!isUtf8(each) || !(await isOrdinary(inner, each, left))) return false
  left.depth++
  return true
}

/**
 * Removes what starting over has put aside and what a crash has left.
 *
 * @throws the first error, when as much as can be is removed
 */
export async function removeAside(folder: string, signal?: AbortSignal): Promise<void> {
  const { base, name } = placeOf(folder)
  await using beside = await openFolder(base)
  let trouble: unknown
  for await (const bytes of beside.names()) {
    const other = bytes.toString('latin1')
    if (!isLeftDraft(other, name) && !other.startsWith(name + ASIDE)) continue
    await beside.remove(bytes, signal).catch(error => {
      trouble ??= error
    })
    signal?.throwIfAborted()
  }
  if (trouble) throw trouble
}

function ignoreMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error
}
