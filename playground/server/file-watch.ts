/** Sees that a file has changed, however soon after the last change, and however it was replaced. */
import { type FSWatcher, statSync, watch } from 'node:fs'
import { dirname } from 'node:path'

export interface FileWatch {
  /** Watches these files from now on, and no others. What was seen of a file before still counts. */
  follow(files: readonly string[]): void
  close(): void
}

/**
 * Vite's watcher leaves out changes within 50 ms of the last one, and sees none while it starts. This one compares
 * each file with what it was when it was first followed or last reported, at every event in its folder.
 */
export function createFileWatch(changed: () => void): FileWatch {
  let stamps = new Map<string, string>()
  const folders = new Map<string, FSWatcher>()

  function look(): void {
    let any = false
    for (const [file, stamp] of stamps) {
      const now = stampOf(file)
      if (now === stamp) continue
      stamps.set(file, now)
      any = true
    }
    if (any) changed()
  }

  return {
    follow(files) {
      const wanted = new Set(files.map(file => dirname(file)))
      for (const [folder, watcher] of folders) {
        if (wanted.has(folder)) continue
        watcher.close()
        folders.delete(folder)
      }
      for (const folder of wanted) {
        if (folders.has(folder)) continue
        // A folder, not a file: most editors replace the file by another. A folder that goes is a change as well.
        folders.set(folder, watch(folder, look).on('error', look))
      }
      stamps = new Map(files.map(file => [file, stamps.get(file) ?? stampOf(file)]))
      look()
    },
    close() {
      for (const watcher of folders.values()) watcher.close()
      folders.clear()
      stamps.clear()
    },
  }
}

function stampOf(file: string): string {
  const stats = statSync(file, { bigint: true, throwIfNoEntry: false })
  return stats ? `${stats.ino} ${stats.size} ${stats.mtimeNs}` : 'none'
}
