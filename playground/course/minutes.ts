import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Lesson } from '../format/lesson.ts'
import { minutesOf } from '../format/minutes.ts'
import { shownText, snippetFile } from '../format/snippet.ts'

/**
 * Minutes that a lesson takes. A snippet that is not there takes none: `verify` reports it.
 *
 * @param root the repository's folder, from which `lesson.file` is a path
 */
export function readMinutes(root: string, text: string, lesson: Lesson): number {
  return minutesOf(text, lesson, ({ path, region }) => {
    try {
      return shownText(readFileSync(join(root, snippetFile(lesson.file, path)), 'utf8'), region)
    } catch {
      return ''
    }
  })
}
