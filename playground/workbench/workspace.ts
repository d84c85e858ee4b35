/**
 * The learner's own copy of a lesson's scripts. It outlives the server; what the learner changed is kept. Their programs
 * may have made anything of it, and may be at it now: see `folder.ts`.
 */
import { createHash, randomUUID } from 'node:crypto'
import { mkdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { type Folder, openFolder } from '../sandbox/folder.ts'
import { AS_ROOT, SANDBOX_UID } from '../sandbox/namespaces.ts'
import { linkPackages } from '../sandbox/packages.ts'
import { MAX_BYTES, type ShippedFile } from './shipped-files.ts'

/** Above the workspaces, so that Node takes their scripts for modules without asking and they hold the learner's alone. */
const PACKAGE = '{ "type": "module" }\n'
/** Bytes of the record of what was shipped: `MAX_FILES` long names and their digests. */
const MAX_RECORD = 1024 * 1024
/** Root's sandboxes run as another uid, which must be able to write here. */
const OWNER = AS_ROOT ? SANDBOX_UID : undefined

/** Behind the name of a workspace: what is being written, or changes places, beside it because no sandbox reaches there. */
const DRAFT = '.draft-'
/** In the names of this process's drafts; all others are what a crash has left. */
const RUN = randomUUID()
let drafts = 0
/** Of a script that cannot get its name, because a program took it or the folder away. */
const TAKEN = ['EISDIR', 'ENOENT', 'ENOTDIR', 'EACCES']

/**
 * Makes or brings up to date the workspace in `folder`.
 *
 * @returns the shipped scripts that are there to be run, as paths below the folder
 * @throws Error with one line when the workspace is no folder
 */
export async function openWorkspace(files: readonly ShippedFile[], folder: string): Promise<string[]> {
  await makeWorkspace(folder)
  return fillWorkspace(files, folder)
}

/**
 * The folder and what lies beside it: all that a sandbox needs to begin with.
 *
 * @throws Error with one line when the workspace is no folder
 */
export async function makeWorkspace(folder: string): Promise<void> {
  const { base, name } = placeOf(folder)
  await mkdir(base, { recursive: true })
  await using beside = await openFolder(base)
  await provide(beside, name, 'package.json', PACKAGE)
  await linkPackages(base)
  await using _workspace = await own(beside, folder)
}

/**
 * Brings the scripts in it up to date: a shipped script that the learner has not touched follows its original, one that
 * was edited stays, one that was deleted comes back. What has become something else than a file of a script's size
 * counts as edited.
 *
 * @returns as `openWorkspace`
 */
export async function fillWorkspace(files: readonly ShippedFile[], folder: string): Promise<string[]> {
  const { base, name } = placeOf(folder)
  await using beside = await openFolder(base)
  await using workspace = await own(beside, folder)
  const before = parseShipped(await beside.read(`${name}.shipped.json`, MAX_RECORD))
  const shipped: [string, string][] = []
  const present: string[] = []
  for (const [inner, together] of Map.groupBy(files, ({ file }) => path.dirname(file))) {
    await using way = new AsyncDisposableStack()
    const target = await reach(workspace, inner, way)
    // A folder that the learner has replaced by something else is theirs.
    if (!target) continue
    for (const { file, from, mode } of together) {
      const original = await readFile(from)
      const copy = await target.read(path.basename(file), MAX_BYTES)
      shipped.push([file, digest(original)])
      if (copy !== 'unreadable') present.push(file)
      if (
        copy === 'unreadable' ||
        (copy !== 'nothing' && (original.equals(copy) || digest(copy) !== before.get(file)))
      )
        continue
      await place(beside, name, original, target, path.basename(file), mode)
    }
  }
  await provide(beside, name, `${name}.shipped.json`, JSON.stringify(Object.fromEntries(shipped)))
  return present
}

/**
 * Puts files beside what the learner has: only where there is nothing yet.
 *
 * @throws Error with one line when the workspace is no folder
 */
export async function giveFiles(files: readonly ShippedFile[], folder: string): Promise<void> {
  const { base, name } = placeOf(folder)
  await using beside = await openFolder(base)
  await using workspace = await beside.make(name, OWNER)
  if (!workspace) throw new Error(`${name} is no folder of yours; start over, or move it away`)
  for (const { file, from, mode } of files) {
    await using way = new AsyncDisposableStack()
    const target = await reach(workspace, path.dirname(file), way)
    if (!target || (await target.read(path.basename(file), 0)) !== 'nothing') continue
    await place(beside, name, await readFile(from), target, path.basename(file), mode, true)
  }
}

/** Where a workspace is: the folder of all, and its name there. */
export function placeOf(folder: string): { base: string; name: string } {
  return { base: path.dirname(folder), name: path.basename(folder) }
}

/** The workspace itself, made if need be. */
async function own(beside: Folder, folder: string): Promise<Folder> {
  const workspace = await beside.make(path.basename(folder), OWNER)
  if (!workspace) throw new Error(`${folder} is no folder of yours; start over, or move it away`)
  return workspace
}

/** The workspace's folder of that path; undefined where something else is in its way. */
export async function reach(
  workspace: Folder,
  inner: string,
  way: AsyncDisposableStack,
): Promise<Folder | undefined> {
  let reached: Folder | undefined = workspace
  for (const part of inner === '.' ? [] : inner.split(path.sep)) {
    reached = way.use(await reached.make(part, OWNER))
    if (!reached) return undefined
  }
  return reached
}

/** A file of ours beside the workspaces. */
async function provide(beside: Folder, name: string, file: string, text: string): Promise<void> {
  const there = await beside.read(file, MAX_RECORD)
  if (typeof there !== 'string' && there.equals(Buffer.from(text))) return
  if (there === 'unreadable') await beside.remove(file)
  await place(beside, name, text, beside, file)
}

/**
 * Whole at any moment: programs read it meanwhile.
 *
 * @param isNew it replaces nothing
 * @returns whether it is there now
 */
export async function place(
  beside: Folder,
  name: string,
  bytes: Buffer | string,
  target: Folder,
  file: string,
  mode?: number,
  isNew = false,
): Promise<boolean> {
  const draft = nextDraft(name)
  try {
    await beside.write(draft, bytes, mode, target === beside ? undefined : OWNER)
    const moving = isNew ? beside.moveToFree(draft, target, file) : beside.move(draft, target, file)
    const isPlaced = await moving.catch(error => {
      // Somebody is at work there: what they have made in the meantime is theirs.
      if (target === beside || !TAKEN.includes(error.code)) throw error
      return false
    })
    if (isPlaced === false) await beside.remove(draft)
    return isPlaced !== false
  } catch (error) {
    await beside.remove(draft)
    throw error
  }
}

/** A name beside the workspace that nothing has. */
export function nextDraft(name: string): string {
  return `${name}${DRAFT}${RUN}-${drafts++}`
}

/** Whether what lies beside the workspace of this name is a draft that a crash has left. */
export function isLeftDraft(file: string, name: string): boolean {
  return file.startsWith(name + DRAFT) && !file.startsWith(name + DRAFT + RUN)
}

/** Digests by path. Whatever is none is left out. */
function parseShipped(bytes: Buffer | string): Map<string, string> {
  try {
    const record: unknown = JSON.parse(bytes.toString())
    if (typeof record !== 'object' || record === null) return new Map()
    return new Map(Object.entries(record).filter(([, digest]) => typeof digest === 'string'))
  } catch {
    return new Map()
  }
}

function digest(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex')
}
