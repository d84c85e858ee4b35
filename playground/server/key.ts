/** The user's private folder and the key in it: kept, so that a page reloaded after a restart still fits. */
import { randomBytes } from 'node:crypto'
import { constants } from 'node:fs'
import { link, lstat, mkdir, open, rename, rm, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { isAbsolute, join } from 'node:path'
import { StartError } from '../start-error.ts'

/** Bits of a fresh key. */
const KEY_BITS = 256
/** 128 bits or more, in base64url. */
const KEY = /^[A-Za-z0-9_-]{22,128}$/
/** Bytes. */
const MAX_KEY_FILE = 1024

/**
 * Makes the state folder if it is missing.
 *
 * @returns its absolute path: `$XDG_STATE_HOME/reuseport-playground`, by default under `~/.local/state`
 * @throws {StartError} when it is somebody else's, or others may enter it
 */
export async function openState(env: NodeJS.ProcessEnv = process.env): Promise<string> {
  // The XDG specification: a relative path is to be ignored.
  const base = env.XDG_STATE_HOME && isAbsolute(env.XDG_STATE_HOME) ? env.XDG_STATE_HOME : undefined
  const state = join(base ?? join(homedir(), '.local', 'state'), 'reuseport-playground')
  await mkdir(state, { recursive: true, mode: 0o700 }).catch(error => {
    throw new StartError(`${state} cannot be made (${error.code}); set XDG_STATE_HOME to a folder of yours`)
  })
  const stats = await lstat(state)
  if (!stats.isDirectory()) throw new StartError(`${state} is a link, not a folder; move it away`)
  checkPrivate(state, stats.mode, stats.uid, 0o700)
  // Windows has no modes in this sense.
  if (process.geteuid && (stats.mode & 0o700) !== 0o700) {
    const seen = (stats.mode & 0o777).toString(8)
    throw new StartError(`${state} is closed to yourself (mode ${seen}); run: chmod 700 '${state}'`)
  }
  return state
}

/**
 * Reads the key in the state folder; makes one if there is none, or if `fresh`. Two starts at once agree on one.
 *
 * @throws {StartError} when others may read the file, or it holds no key
 */
export async function loadKey(state: string, fresh = false): Promise<string> {
  const file = join(state, 'key')
  if (fresh) await createKey(state, temporary => rename(temporary, file))
  const kept = await readKey(file)
  if (kept !== undefined) return kept
  await createKey(state, temporary => link(temporary, file).catch(ignoreExisting))
  return (await readKey(file))!
}

/** Whole or not at all: the file gets its name when it is complete. */
async function createKey(state: string, name: (temporary: string) => Promise<void>): Promise<void> {
  const temporary = join(state, `key.${randomBytes(8).toString('hex')}`)
  try {
    const key = randomBytes(KEY_BITS / 8).toString('base64url')
    await writeFile(temporary, `${key}\n`, { mode: 0o600, flag: 'wx', flush: true })
    await name(temporary)
  } finally {
    await rm(temporary, { force: true })
  }
}

async function readKey(file: string): Promise<string | undefined> {
  const { O_NOFOLLOW, O_NONBLOCK, O_RDONLY } = constants
  const handle = await open(file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK).catch(error => {
    if (error.code === 'ENOENT') return undefined
    throw new StartError(`${file} cannot be read (${error.code}); remove it`)
  })
  if (!handle) return undefined
  try {
    const stats = await handle.stat()
    checkPrivate(file, stats.mode, stats.uid, 0o600)
    const key =
      stats.isFile() && stats.size <= MAX_KEY_FILE ? (await handle.readFile('latin1')).trimEnd() : ''
    if (!KEY.test(key)) throw new StartError(`${file} holds no key; start with --new-key`)
    return key
  } finally {
    await handle.close()
  }
}

function checkPrivate(path: string, mode: number, uid: number, wanted: number): void {
  const me = process.geteuid?.()
  // Windows has neither owner nor mode in this sense.
  if (me === undefined) return
  if (uid !== me) throw new StartError(`${path} belongs to uid ${uid}, not to uid ${me}; remove it`)
  if ((mode & 0o077) !== 0) {
    const seen = (mode & 0o777).toString(8)
    throw new StartError(
      `${path} is open to others (mode ${seen}); run: chmod ${wanted.toString(8)} '${path}'`,
    )
  }
}

function ignoreExisting(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EEXIST') throw error
}
