/**
 * The learner's own copy of a lesson's scripts. It outlives the server; what the learner changed is kept. Their programs
 * may have made anything of it, and may be at it now: see `folder.ts`.
 */
import { createHash, randomUUID } from 'node:crypto'
import { mkdir, readdir, readFile, stat } from 'node:fs/promises'
import path from 'node:path'
import { type Folder, openFolder } from '../sandbox/folder.ts'
import { AS_ROOT, SANDBOX_UID } from '../sandbox/namespaces.ts'
import { linkPackages } from '../sandbox/packages.ts'

/** Not the learner's: checks run in the server, solutions would spoil the task. */
const KEPT_BACK = new Set(['checks.ts', 'solution', 'node_modules', '__pycache__'])
/** Above the workspaces, so that Node takes their scripts for modules without asking and they hold the learner's alone. */
const PACKAGE = '{ "type": "module" }\n'
/** More than this is no folder of scripts; somebody has put a page where their whole home is. */
const MAX_FILES = 200
const MAX_BYTES = 8 * 1024 * 1024
/** Bytes of the record of what was shipped: `MAX_FILES` long names and their digests. */
const MAX_RECORD = 1024 * 1024
/** Milliseconds that starting over waits for room on a full disk. */
const MAKE_ROOM_TIMEOUT = 60_000
/** Root's sandboxes run as another uid, which must be able to write here. */
const OWNER = AS_ROOT ? SANDBOX_UID : undefined

// What lies beside a workspace for a while: `SLUG.aside-…` is one that was started over and waits to be removed,
// `SLUG.draft-…` a file that is being written. Beside it, because no sandbox reaches there.
const ASIDE = '.aside-'
const DRAFT = '.draft-'
/** In the names of this process's drafts; all others are what a crash has left. */
const RUN = randomUUID()
let drafts = 0
/** Of a script that cannot get its name, because a program took it or the folder away. */
const TAKEN = ['EISDIR', 'ENOENT', 'ENOTDIR', 'EACCES']

/**
 * Makes or brings up to date the workspace in `folder`: a shipped script that the learner has not touched
 * follows its original, one that was edited stays, one that was deleted comes back. What has become something else
 * than a file of a script's size counts as edited.
 *
 * @param scripts the lesson's folder; need not exist
 * @returns the shipped scripts that are there to be run, as paths below the folder
 * @throws Error with one line when it holds more than scripts, or when the workspace is no folder
 */
export async function openWorkspace(scripts: string, folder: string): Promise<string[]> {
  const { base, name } = placeOf(folder)
  await mkdir(base, { recursive: true })
  await using beside = await openFolder(base)
  await provide(beside, name, 'package.json', PACKAGE)
  await linkPackages(base)
  await using workspace = await beside.make(name, OWNER)
  if (!workspace) throw new Error(`${folder} is no folder of yours; start over, or move it away`)
  const before = parseShipped(await beside.read(`${name}.shipped.json`, MAX_RECORD))
  const shipped: [string, string][] = []
  const present: string[] = []
  for (const [inner, files] of Map.groupBy(await listScripts(scripts), ({ file }) => path.dirname(file))) {
    await using way = new AsyncDisposableStack()
    const target = await reach(workspace, inner, way)
    // A folder that the learner has replaced by something else is theirs.
    if (!target) continue
    for (const { file, mode } of files) {
      const original = await readFile(path.join(scripts, file))
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
 * Gives the scripts back as they were. What the learner made is put aside in one step, whatever it is, and is then for
 * `removeAside`.
 */
export async function resetWorkspace(scripts: string, folder: string): Promise<void> {
  const { base, name } = placeOf(folder)
  await mkdir(base, { recursive: true })
  await using beside = await openFolder(base)
  await beside.move(name, beside, `${name}${ASIDE}${randomUUID()}`).catch(ignoreMissing)
  await beside.remove(`${name}.shipped.json`)
  try {
    await openWorkspace(scripts, folder)
  } catch {
    // What was put aside may be what fills the disk.
    await removeAside(folder, AbortSignal.timeout(MAKE_ROOM_TIMEOUT)).catch(() => {})
    await openWorkspace(scripts, folder)
  }
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
    const isLeft = other.startsWith(name + DRAFT) && !other.startsWith(name + DRAFT + RUN)
    if (!isLeft && !other.startsWith(name + ASIDE)) continue
    await beside.remove(bytes, signal).catch(error => {
      trouble ??= error
    })
    signal?.throwIfAborted()
  }
  if (trouble) throw trouble
}

function placeOf(folder: string): { base: string; name: string } {
  return { base: path.dirname(folder), name: path.basename(folder) }
}

/** The workspace's folder of that path; undefined where something else is in its way. */
async function reach(
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

/** Whole at any moment: programs read it meanwhile. */
async function place(
  beside: Folder,
  name: string,
  bytes: Buffer | string,
  target: Folder,
  file: string,
  mode?: number,
): Promise<void> {
  const draft = `${name}${DRAFT}${RUN}-${drafts++}`
  try {
    await beside.write(draft, bytes, mode, target === beside ? undefined : OWNER)
    await beside.move(draft, target, file).catch(error => {
      // Somebody is at work there: what they have made in the meantime is theirs.
      if (target === beside || !TAKEN.includes(error.code)) throw error
      return beside.remove(draft)
    })
  } catch (error) {
    await beside.remove(draft)
    throw error
  }
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

interface Script {
  /** Path below the lesson's folder. */
  file: string
  mode: number
}

async function listScripts(scripts: string): Promise<Script[]> {
  const entries = await readdir(scripts, { recursive: true, withFileTypes: true }).catch(error => {
    if (error.code === 'ENOENT') return []
    throw error
  })
  const files: Script[] = []
  let bytes = 0
  for (const entry of entries) {
    const file = path.relative(scripts, path.join(entry.parentPath, entry.name))
    const parts = file.split(path.sep)
    if (
      !entry.isFile() ||
      parts.some(part => KEPT_BACK.has(part) || part.startsWith('.')) ||
      file.endsWith('.md')
    )
      continue
    const { size, mode } = await stat(path.join(scripts, file))
    bytes += size
    // Its owner writes it, even where the original may only be read.
    files.push({ file, mode: (mode & 0o777) | 0o600 })
    if (files.length > MAX_FILES || bytes > MAX_BYTES)
      throw new Error(
        `${scripts}: more than ${MAX_FILES} files or ${MAX_BYTES >> 20} MiB; put the page and its scripts into a folder of their own`,
      )
  }
  return files
}

function digest(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex')
}

function ignoreMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error
}
