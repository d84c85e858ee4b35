/** The learner's own copy of a lesson's scripts. It outlives the server; what the learner changed is kept. */
import { createHash, randomUUID } from 'node:crypto'
import { chown, cp, mkdir, readdir, readFile, realpath, rename, rm, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { AS_ROOT, SANDBOX_UID } from './namespaces.ts'

/** Not the learner's: checks run in the server, solutions would spoil the task. */
const KEPT_BACK = new Set(['checks.ts', 'solution', 'node_modules', '__pycache__'])
/** Above the workspaces, so that Node takes their scripts for modules without asking and they hold the learner's alone. */
const PACKAGE = '{ "type": "module" }\n'
/** More than this is no folder of scripts; somebody has put a page where their whole home is. */
const MAX_FILES = 200
const MAX_BYTES = 8 * 1024 * 1024

/**
 * Makes or brings up to date the workspace in `folder`: a shipped script that the learner has not touched
 * follows its original, one that was edited stays, one that was deleted comes back.
 *
 * @param scripts the lesson's folder; need not exist
 * @returns the shipped scripts, as paths below the folder
 * @throws Error with one line when it holds more than scripts
 */
export async function openWorkspace(scripts: string, folder: string): Promise<string[]> {
  const base = path.dirname(folder)
  await mkdir(folder, { recursive: true })
  await provide(path.join(base, 'package.json'), PACKAGE)
  const shippedFile = `${folder}.shipped.json`
  const before: Record<string, string> = JSON.parse(await readFile(shippedFile, 'utf8').catch(() => '{}'))
  const shipped: Record<string, string> = {}
  for (const file of await listScripts(scripts)) {
    const original = await readFile(path.join(scripts, file))
    const target = path.join(folder, file)
    // A folder that the learner has replaced by a link would lead the server out of the workspace.
    if (await leadsAway(folder, path.dirname(target))) continue
    const copy = await readFile(target).catch(() => undefined)
    shipped[file] = digest(original)
    if (copy && digest(copy) !== before[file] && digest(copy) !== shipped[file]) continue
    await mkdir(path.dirname(target), { recursive: true })
    await cp(path.join(scripts, file), target)
  }
  await writeFile(shippedFile, JSON.stringify(shipped))
  await handOver(folder)
  return Object.keys(shipped)
}

/** Whole at any moment: the programs of other lessons read it meanwhile. */
async function provide(file: string, text: string): Promise<void> {
  if ((await readFile(file, 'utf8').catch(() => undefined)) === text) return
  const part = `${file}.${randomUUID()}`
  await writeFile(part, text)
  await rename(part, file)
}

/** Gives the scripts back as they were; what the learner made is gone. */
export async function resetWorkspace(scripts: string, folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true })
  await rm(`${folder}.shipped.json`, { force: true })
  await openWorkspace(scripts, folder)
}

async function listScripts(scripts: string): Promise<string[]> {
  const entries = await readdir(scripts, { recursive: true, withFileTypes: true }).catch(error => {
    if (error.code === 'ENOENT') return []
    throw error
  })
  const files: string[] = []
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
    bytes += (await stat(path.join(scripts, file))).size
    files.push(file)
    if (files.length > MAX_FILES || bytes > MAX_BYTES)
      throw new Error(
        `${scripts}: more than ${MAX_FILES} files or ${MAX_BYTES >> 20} MiB; put the page and its scripts into a folder of their own`,
      )
  }
  return files
}

/** Whether a folder, or the nearest one above it that is there, lies elsewhere once its links are followed. */
async function leadsAway(folder: string, inner: string): Promise<boolean> {
  const there = await realpath(inner).catch(() => undefined)
  if (there === undefined) return inner === folder ? false : leadsAway(folder, path.dirname(inner))
  const base = await realpath(folder)
  return there !== base && !there.startsWith(base + path.sep)
}

function digest(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex')
}

/** Root's sandboxes run as another uid, which must be able to write here. */
async function handOver(folder: string): Promise<void> {
  if (!AS_ROOT) return
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  for (const name of [
    '.',
    ...entries
      .filter(entry => !entry.isSymbolicLink())
      .map(entry => path.relative(folder, path.join(entry.parentPath, entry.name))),
  ])
    await chown(path.join(folder, name), SANDBOX_UID, SANDBOX_UID)
}
