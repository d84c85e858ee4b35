/** What a lesson's folder gives to a workspace. */
import { readdir, stat } from 'node:fs/promises'
import path from 'node:path'

/** Not the learner's: checks run in the server, solutions would spoil the task. */
const KEPT_BACK = new Set(['checks.ts', 'solution', 'node_modules', '__pycache__'])
/** More than this is no folder of scripts; somebody has put a page where their whole home is. */
export const MAX_FILES = 200
export const MAX_BYTES = 8 * 1024 * 1024

/** A file that a workspace is given. */
export interface ShippedFile {
  /** Its path in the workspace. */
  file: string
  /** The original. */
  from: string
  /** Permissions. */
  mode: number
}

/**
 * What the folder of a lesson's scripts gives to a workspace.
 *
 * @param scripts need not exist
 * @throws Error with one line when it holds more than scripts
 */
export function listScripts(scripts: string): Promise<ShippedFile[]> {
  return list(scripts, scripts)
}

/**
 * What a reader is given beside their own files when they ask for the solution of a challenge.
 *
 * @param scripts as for `listScripts`; the solution is below `solution/NAME` in it, or is none of files
 */
export function listSolution(scripts: string, challenge: string): Promise<ShippedFile[]> {
  return list(path.join(scripts, 'solution', challenge), scripts)
}

async function list(folder: string, scripts: string): Promise<ShippedFile[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(error => {
    if (error.code === 'ENOENT') return []
    throw error
  })
  const files: ShippedFile[] = []
  let bytes = 0
  for (const entry of entries) {
    const from = path.join(entry.parentPath, entry.name)
    const file = path.relative(scripts, from)
    const parts = path.relative(folder, from).split(path.sep)
    if (
      !entry.isFile() ||
      parts.some(part => KEPT_BACK.has(part) || part.startsWith('.')) ||
      file.endsWith('.md')
    )
      continue
    const { size, mode } = await stat(from)
    bytes += size
    // Its owner writes it, even where the original may only be read.
    files.push({ file, from, mode: (mode & 0o777) | 0o600 })
    if (files.length > MAX_FILES || bytes > MAX_BYTES)
      throw new Error(
        `${scripts}: more than ${MAX_FILES} files or ${MAX_BYTES >> 20} MiB; put the page and its scripts into a folder of their own`,
      )
  }
  return files
}
