/** Lays out somebody else's lessons as ours are, so that site and workbenches find them; follows what is saved. */
import { watch } from 'node:fs'
import { copyFile, mkdir, realpath, rename, rm, stat, symlink, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { type Pieces, readForeign } from './foreign.ts'
import { ROOT } from './places.ts'

export interface Stage {
  /** Holds `docs` and `lessons`. */
  tree: string
  /** Where a file of the tree comes from; undefined for what is made, or is ours. @param file from the tree's folder */
  originOf(file: string): string | undefined
  /** What others say of files of the tree, said of those that they come from. */
  told(text: string): string
  /** Lays out what is saved from now on; what cannot be is said, and the tree stays. @returns stops it */
  follow(log: (line: string) => void): () => void
}

export interface StageOptions {
  /** Somebody's folder of lessons, absolute. */
  folder: string
  /** Ours stand behind them. */
  withOurs: boolean
  /** The tree's folder; what is there goes. */
  at: string
}

/** What is saved together is laid out together. Milliseconds. */
const TOGETHER_MS = 50
/** Where VitePress and its configuration look for the tree; undefined: ours. */
const VARIABLE = 'PLAYGROUND_TREE'

/** @throws {StartError} one line, for the first thing that is wrong in the folder */
export async function createStage({ folder, withOurs, at }: StageOptions): Promise<Stage> {
  let pieces = await readForeign(folder, withOurs)
  await rm(at, { recursive: true, force: true })
  await mkdir(at, { recursive: true, mode: 0o700 })
  const tree = await realpath(at)
  // Pages import of the theme, and that of packages.
  for (const name of ['.vitepress', 'node_modules'])
    await symlink(path.join(ROOT, name), path.join(tree, name))
  const lay = createLayer(tree)
  await lay(pieces)

  const originOf = (file: string) => {
    const from = pieces.get(file)?.from
    return from?.startsWith(`${folder}${path.sep}`) ? from : undefined
  }

  return {
    tree,
    originOf,
    told(text) {
      const named = new RegExp(`${RegExp.escape(tree)}/([\\w./@-]*[\\w-])`, 'g')
      return text.replace(named, (_, file: string) => originOf(file) ?? file)
    },
    follow(log) {
      let timer: NodeJS.Timeout | undefined
      let turn = Promise.resolve()
      let said: string | undefined
      const watcher = watch(folder, { recursive: true }, () => {
        clearTimeout(timer)
        timer = setTimeout(() => {
          turn = turn.then(again).catch(error => {
            if (error.message !== said) log(error.message)
            said = error.message
          })
        }, TOGETHER_MS)
      })
      watcher.on('error', error => log(`${folder} is not followed any more: ${error.message}`))
      return () => {
        clearTimeout(timer)
        watcher.close()
      }

      async function again(): Promise<void> {
        pieces = await readForeign(folder, withOurs)
        await lay(pieces)
        said = undefined
      }
    },
  }
}

/** Has VitePress, when it is loaded, take the pages from there. */
export function useTree(tree: string): void {
  process.env[VARIABLE] = tree
}

/** Of the pages that the site shows. */
export function usedTree(): string {
  return process.env[VARIABLE] ?? ROOT
}

/** @returns lays out what has changed since it did so last */
function createLayer(tree: string): (pieces: Pieces) => Promise<void> {
  /** What each file was made from, by its name. */
  const laid = new Map<string, string>()
  return async pieces => {
    for (const [name, piece] of pieces) {
      const made = 'text' in piece ? piece.text : await stampOf(piece.from)
      if (laid.get(name) === made) continue
      await place(path.join(tree, name), draft =>
        'text' in piece ? writeFile(draft, piece.text) : copyFile(piece.from, draft),
      )
      laid.set(name, made)
    }
    for (const name of laid.keys()) {
      if (pieces.has(name)) continue
      await rm(path.join(tree, name), { force: true })
      laid.delete(name)
    }
  }
}

async function stampOf(file: string): Promise<string> {
  const { mtimeMs, ctimeMs, size } = await stat(file)
  return `${mtimeMs} ${ctimeMs} ${size}`
}

/** Whole at any moment: others read it meanwhile. */
async function place(file: string, write: (draft: string) => Promise<void>): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true })
  const draft = `${file}.draft`
  await write(draft)
  await rename(draft, file)
}
