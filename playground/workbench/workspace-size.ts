/**
 * How much a workspace may hold. It lies on the host's disk, where no kernel counts it for one sandbox without
 * privileges; so somebody has to look, and a program may get further than the bound by what the disk takes between
 * two looks.
 */
import { statfs } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { type Folder, type Name, openFolder } from '../sandbox/folder.ts'
import { placeOf } from './workspace.ts'

export interface Room {
  /** On the disk. */
  bytes: number
  /** Files, folders and whatever else has a name. */
  names: number
  /** Bytes that the disk keeps free: of removed files that a program holds open only the disk tells. */
  free: number
}

const MIB = 1024 * 1024
export const WORKSPACE_ROOM: Room = { bytes: 512 * MIB, names: 10_000, free: 1024 * MIB }
/** Folders within each other; what is deeper counts as too much. */
const MAX_DEPTH = 32
/** How often the disk is asked. Milliseconds. */
const LOOK_EVERY = 250
/** What the disk must have lost since the last count for the next one, or how many looks ago it must be. */
const WORTH_A_COUNT = { bytes: 16 * MIB, names: 500, looks: 40 }

/** @returns what is too much in the workspace in `folder`, one sentence; undefined: nothing */
export async function excessOf(
  folder: string,
  { bytes, names } = WORKSPACE_ROOM,
): Promise<string | undefined> {
  const { base, name } = placeOf(folder)
  const left = { bytes, names: names + 1, depth: MAX_DEPTH }
  await using beside = await openFolder(base)
  await count(beside, name, left)
  if (left.bytes < 0) return `The workspace holds more than ${bytes / MIB} MiB: start over.`
  if (left.names < 0) return `The workspace holds more than ${names} files and folders: start over.`
  if (left.depth < 0) return `The workspace has more than ${MAX_DEPTH} folders in each other: start over.`
  return undefined
}

/**
 * Looks at the workspace in `folder`, and at the disk that it is on, until `signal` says that it is enough.
 *
 * @returns resolves to what is too much, one sentence; undefined: `signal` came first, or the disk tells nothing
 */
export async function whenTooMuch(
  folder: string,
  signal: AbortSignal,
  room = WORKSPACE_ROOM,
): Promise<string | undefined> {
  try {
    const first = await diskOf(folder)
    let last = { ...first, looks: 0 }
    while (!signal.aborted) {
      await delay(LOOK_EVERY, undefined, { signal, ref: false })
      const now = await diskOf(folder)
      if (now.bytes < room.free && first.bytes - now.bytes > room.bytes)
        return 'The disk is nearly full, and much of it went since this was opened: make room.'
      last.looks++
      if (!isWorthACount(last, now)) continue
      const excess = await excessOf(folder, room)
      if (excess) return excess
      last = { ...now, looks: 0 }
    }
  } catch {
    // It is enough; or the workspace has been taken away, which the lesson bears.
  }
  return undefined
}

interface Disk {
  bytes: number
  names: number
}

/** What it has free; a file system that does not count names has always none. */
async function diskOf(folder: string): Promise<Disk> {
  const { bavail, bsize, ffree } = await statfs(folder)
  return { bytes: bavail * bsize, names: ffree }
}

function isWorthACount(last: Disk & { looks: number }, now: Disk): boolean {
  return (
    last.bytes - now.bytes >= WORTH_A_COUNT.bytes ||
    last.names - now.names >= WORTH_A_COUNT.names ||
    last.looks >= WORTH_A_COUNT.looks
  )
}

/** Takes what has this name, and what is in it, from what is `left`; stops where there is nothing left. */
async function count(
  folder: Folder,
  name: Name,
  left: { bytes: number; names: number; depth: number },
): Promise<void> {
  const look = await folder.look(name)
  left.names--
  left.bytes -= look?.taken ?? 0
  if (look?.kind !== 'folder' || Math.min(left.names, left.bytes) < 0) return
  await using inner = await folder.enter(name)
  if (!inner || --left.depth < 0) return
  for await (const each of inner.names()) {
    await count(inner, each, left)
    if (Math.min(left.names, left.bytes, left.depth) < 0) return
  }
  left.depth++
}
