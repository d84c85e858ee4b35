/**
 * Folders that somebody else's program may be changing at this very moment. Each is held by its descriptor, and what
 * lies in it is reached below `/proc/self/fd`, one name at a time, which Node has instead of `openat`: no swap of
 * folders and links leads elsewhere, and however deep something lies, no path is too long.
 */
import { randomUUID } from 'node:crypto'
import { constants } from 'node:fs'
import {
  chmod,
  chown,
  type FileHandle,
  link,
  lstat,
  mkdir,
  open,
  opendir,
  rename,
  rmdir,
  unlink,
} from 'node:fs/promises'
import { basename, dirname } from 'node:path'

/** One name, without a slash. Bytes where it was read from the disk: it need not be UTF-8. */
export type Name = string | Buffer

export interface Look {
  kind: 'file' | 'folder' | 'other'
  /** Bytes. */
  size: number
  /** Bytes that it takes on the disk: none for what is not written of a file, more for many links or attributes. */
  taken: number
  /** Permissions. */
  mode: number
}

export interface Folder extends AsyncDisposable {
  /** Where it was when it was opened, for messages. */
  readonly path: string
  /** The folder of that name; its owner can read, write and enter it then. Undefined: a link, or anything else. */
  enter(name: Name): Promise<Folder | undefined>
  /**
   * The same; made if nothing has this name.
   *
   * @param owner uid and gid it gets if it is ours
   */
  make(name: Name, owner?: number): Promise<Folder | undefined>
  /**
   * A regular file, whole. `nothing` has this name; or what has it is `unreadable`: a link, a FIFO, no file at all,
   * forbidden, under a lease, longer than `most` bytes, or growing. Never waits for a program.
   */
  read(name: Name, most: number): Promise<Buffer | 'nothing' | 'unreadable'>
  /** Makes a new file. */
  write(name: Name, bytes: Buffer | string, mode?: number, owner?: number): Promise<void>
  /** What has this name, a link itself; undefined: nothing. */
  look(name: Name): Promise<Look | undefined>
  /** Renames; a file replaces a file. */
  move(name: Name, folder: Folder, newName: Name): Promise<void>
  /** The same for a file, which replaces nothing. @returns whether the new name was free */
  moveToFree(name: Name, folder: Folder, newName: Name): Promise<boolean>
  /** Removes a file, or whatever else has this name and is no folder. */
  unlink(name: Name): Promise<void>
  /** In no order, as they come: there may be millions. */
  names(): AsyncIterable<Buffer>
  /**
   * Removes whatever has this name, with all that is in it; nothing is fine, too.
   *
   * @throws the first error, when as much as can be is removed
   */
  remove(name: Name, signal?: AbortSignal): Promise<void>
}

/** Linux's O_PATH, which Node does not name: opens what may not be read, and starts nothing. */
const O_PATH = 0o10000000
const { O_CREAT, O_DIRECTORY, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_WRONLY } = constants
/** The owner reads, writes and enters. */
const OPEN_TO_OWNER = 0o700
/** What a program can bring about in a folder of its own; anything else is the machine's trouble, and thrown. */
const NO_FOLDER = ['ENOENT', 'ENOTDIR', 'ELOOP', 'EACCES']
const NO_FILE = ['ELOOP', 'EACCES', 'EPERM', 'ENXIO', 'ENODEV', 'EAGAIN', 'ENOTDIR']
/** What the kernel counts a file's room in, whatever the disk does (stat(2)). Bytes. */
const BLOCK = 512
/** Names that one look at a folder takes from the kernel. */
const NAMES_AT_ONCE = 1024

/** @param path of a folder that only we can replace */
export async function openFolder(path: string): Promise<Folder> {
  if (process.platform !== 'linux') throw new Error('there is no Linux kernel here')
  return new HeldFolder(await open(path, O_PATH | O_DIRECTORY), path)
}

/**
 * Removes a folder of ours, whatever programs have made in it.
 *
 * @throws the first error, when as much as can be is removed
 */
export async function removeFolder(path: string): Promise<void> {
  await using parent = await openFolder(dirname(path))
  await parent.remove(basename(path))
}

class HeldFolder implements Folder {
  readonly path: string
  readonly #handle: FileHandle

  constructor(handle: FileHandle, path: string) {
    this.#handle = handle
    this.path = path
  }

  async enter(name: Name): Promise<HeldFolder | undefined> {
    const flags = O_PATH | O_DIRECTORY | O_NOFOLLOW
    const handle = await this.#named(name, open(this.#at(name), flags)).catch(unless(NO_FOLDER))
    if (!handle) return undefined
    const inner = new HeldFolder(handle, `${this.path}/${name}`)
    try {
      const { mode } = await handle.stat()
      if ((mode & OPEN_TO_OWNER) !== OPEN_TO_OWNER)
        await this.#named(name, chmod(inner.#self, (mode & 0o7777) | OPEN_TO_OWNER))
    } catch (error) {
      await handle.close()
      throw error
    }
    return inner
  }

  async make(name: Name, owner?: number): Promise<Folder | undefined> {
    let inner = await this.enter(name)
    if (!inner) {
      await this.#named(name, mkdir(this.#at(name))).catch(unless(['EEXIST', ...NO_FOLDER]))
      inner = await this.enter(name)
    }
    if (inner && owner !== undefined) await inner.#giveTo(owner)
    return inner
  }

  async read(name: Name, most: number): Promise<Buffer | 'nothing' | 'unreadable'> {
    const opening = open(this.#at(name), O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
    const opened = await this.#named(name, opening).catch(error => {
      if (error.code === 'ENOENT') return 'nothing'
      if (NO_FILE.includes(error.code)) return 'unreadable'
      throw error
    })
    if (typeof opened === 'string') return opened as 'nothing' | 'unreadable'
    await using file = opened
    const stats = await file.stat()
    if (!stats.isFile() || stats.size > most) return 'unreadable'
    // One byte more than it has now: if that comes, it grows.
    const bytes = Buffer.allocUnsafe(stats.size + 1)
    let length = 0
    for (let got = -1; got !== 0 && length < bytes.length; length += got)
      got = (await file.read(bytes, length)).bytesRead
    return length < bytes.length ? bytes.subarray(0, length) : 'unreadable'
  }

  async write(name: Name, bytes: Buffer | string, mode = 0o644, owner?: number): Promise<void> {
    const opening = open(this.#at(name), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode)
    await using file = await this.#named(name, opening)
    await this.#named(name, file.writeFile(bytes))
    if (owner !== undefined) await file.chown(owner, owner)
  }

  async move(name: Name, folder: HeldFolder, newName: Name): Promise<void> {
    await this.#named(name, rename(this.#at(name), folder.#at(newName)))
  }

  async look(name: Name): Promise<Look | undefined> {
    const stats = await this.#named(name, lstat(this.#at(name))).catch(unless(['ENOENT']))
    if (!stats) return undefined
    const kind = stats.isFile() ? 'file' : stats.isDirectory() ? 'folder' : 'other'
    return { kind, size: stats.size, taken: stats.blocks * BLOCK, mode: stats.mode & 0o777 }
  }

  async moveToFree(name: Name, folder: HeldFolder, newName: Name): Promise<boolean> {
    const isFree = await this.#named(newName, link(this.#at(name), folder.#at(newName))).then(
      () => true,
      error => {
        if (error.code === 'EEXIST') return false
        throw error
      },
    )
    if (isFree) await this.#drop(name)
    return isFree
  }

  async unlink(name: Name): Promise<void> {
    await this.#named(name, unlink(this.#at(name)))
  }

  async *names(): AsyncGenerator<Buffer> {
    const options = { encoding: 'buffer' as BufferEncoding, bufferSize: NAMES_AT_ONCE }
    const listing = await this.#named('', opendir(this.#self, options))
    for await (const { name } of listing) yield name as unknown as Buffer
  }

  async remove(name: Name, signal?: AbortSignal): Promise<void> {
    while (!(await this.#drop(name))) {
      signal?.throwIfAborted()
      await using inner = await this.enter(name)
      if (inner) await inner.#thin(signal)
    }
  }

  /**
   * Removes what it holds, but for what the folders in it hold in turn: that comes to lie here itself, and is the next
   * pass's. So a tree of any depth takes no more than two descriptors.
   *
   * @throws the first error, if nothing else could be done
   */
  async #thin(signal?: AbortSignal): Promise<void> {
    let done = 0
    let trouble: unknown
    for await (const name of this.names()) {
      signal?.throwIfAborted()
      try {
        if (!(await this.#drop(name))) await this.#lift(name, signal)
        done++
      } catch (error) {
        signal?.throwIfAborted()
        trouble ??= error
      }
    }
    if (done === 0 && trouble) throw trouble
  }

  async #lift(name: Name, signal?: AbortSignal): Promise<void> {
    await using inner = await this.enter(name)
    if (!inner) return
    for await (const child of inner.names()) {
      signal?.throwIfAborted()
      if (await inner.#drop(child)) continue
      // To get another `..` a folder must be writable, which to enter it makes it.
      await (await inner.enter(child))?.[Symbol.asyncDispose]()
      await inner.move(child, this, randomUUID()).catch(unless(['ENOENT']))
    }
    await this.#drop(name)
  }

  /** @returns whether nothing has this name any more; false: a folder that holds something */
  async #drop(name: Name): Promise<boolean> {
    const refused = await this.unlink(name).then(
      () => undefined,
      error => error,
    )
    if (!refused || refused.code === 'ENOENT') return true
    if (refused.code !== 'EISDIR') throw refused
    return this.#named(name, rmdir(this.#at(name))).then(
      () => true,
      error => {
        if (error.code === 'ENOENT') return true
        // The second: it has become something else since.
        if (['ENOTEMPTY', 'ENOTDIR'].includes(error.code)) return false
        throw error
      },
    )
  }

  async #giveTo(owner: number): Promise<void> {
    const { uid } = await this.#handle.stat()
    if (uid === process.geteuid?.()) await chown(this.#self, owner, owner)
  }

  get #self(): string {
    return `/proc/self/fd/${this.#handle.fd}`
  }

  #at(name: Name): string | Buffer {
    if (name.length === 0 || name.includes('/') || ['.', '..'].includes(`${name}`))
      throw new Error(`${this.path}: '${name}' is not one name`)
    return typeof name === 'string'
      ? `${this.#self}/${name}`
      : Buffer.concat([Buffer.from(`${this.#self}/`), name])
  }

  /** An error then says where that is for people. */
  #named<Out>(name: Name, doing: Promise<Out>): Promise<Out> {
    return doing.catch(error => {
      const path = `${this.path}/${name}`
      throw Object.assign(error, { path, message: `${error.code}: ${path}` })
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#handle.close()
  }
}

function unless(codes: string[]): (error: NodeJS.ErrnoException) => undefined {
  return error => {
    if (!codes.includes(error.code ?? '')) throw error
  }
}
