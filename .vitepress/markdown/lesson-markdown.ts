import { existsSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import type { MarkdownRenderer, PageData } from 'vitepress'
import {
  formatMistake,
  type Lesson,
  LessonError,
  type Mistake,
  parseLesson,
} from '../../playground/format/lesson.ts'
import { readMinutes } from '../lesson-minutes.ts'
import { installContainers } from './containers.ts'
import { installExplanations } from './explanations.ts'
import { mistakeBox, warningBox } from './mistake-box.ts'
import { installTerms } from './terms.ts'
import { installTogether } from './together.ts'
import { installTranscripts } from './transcripts.ts'
import { parseWords, type Word } from './words.ts'

/** What a page's own JavaScript knows of its lesson: enough to lay out the workbench. */
export interface PageLesson {
  slug: string
  panes: string[]
  languages: Lesson['languages']
  /** How long it takes. */
  minutes: number
}

/** What the rules read while one page is rendered. The paths are VitePress's: the page, and what it is made from. */
export interface LessonEnv {
  path: string
  realPath?: string
  /** Undefined while the page holds mistakes. */
  lesson?: Lesson
  /** Path from the repository's folder, for messages. */
  file: string
  /** Those that no rule has shown yet. */
  mistakes: Mistake[]
  /** The same of warnings; none where they are not shown. */
  warnings: Mistake[]
  /** Lines of the file above the text that markdown-it sees: its frontmatter. */
  lineOffset: number
}

/**
 * The lesson format as Markdown rules. `root` is the repository's folder: messages name files from there.
 *
 * A mistake shows where it is on the page, so that an author sees it while writing; `assertNoMistakes`,
 * called when the site is built, throws them all. With `showWarnings` a warning shows too; nothing throws it.
 */
export function lessonMarkdown(root: string, { showWarnings = false } = {}) {
  /** By file: of its last rendering. */
  const mistakes = new Map<string, Mistake[]>()
  /** By file: a mistake that is being typed must not take the workbench away. */
  const lastGood = new Map<string, PageLesson>()

  function install(md: MarkdownRenderer): void {
    installTranscripts(md)
    installContainers(md)
    installExplanations(md)
    installTerms(md, words)
    installTogether(md)
    const render = md.renderAsync.bind(md)
    md.renderAsync = async (source, env: LessonEnv) => {
      const file = relative(root, env.realPath ?? env.path)
      const parsed = parse(source, file)
      mistakes.set(file, parsed.mistakes)
      const warnings = showWarnings ? [...(parsed.lesson?.warnings ?? [])] : []
      const mine = { mistakes: [...parsed.mistakes], warnings, lineOffset: frontmatterLines(source) }
      Object.assign(env, { ...parsed, ...mine, file })
      const html = await render(source, env)
      // Vue would refuse it, and nobody would see why.
      if (parsed.mistakes.some(({ unshowable }) => unshowable)) return mistakeBox(parsed.mistakes)
      return mistakeBox(env.mistakes) + warningBox(env.warnings) + html
    }
  }

  function words(): Word[] {
    const file = 'docs/words.md'
    const path = join(root, file)
    return existsSync(path) ? parseWords(readFileSync(path, 'utf8'), file) : []
  }

  function pageData(page: PageData): { lesson?: PageLesson } {
    if (!/^lessons\/\d\d-[^/]+\.md$/.test(page.relativePath)) return {}
    const file = join('docs', page.filePath)
    const text = readFileSync(join(root, file), 'utf8')
    const { lesson } = parse(text, file)
    if (lesson) {
      const { slug, panes, languages } = lesson
      lastGood.set(file, { slug, panes, languages, minutes: readMinutes(root, text, lesson) })
    }
    return { lesson: lastGood.get(file) }
  }

  function assertNoMistakes(): void {
    const lines = [...mistakes.values()].flat().map(formatMistake)
    if (lines.length > 0) throw new Error(`the pages hold mistakes\n${lines.join('\n')}`)
  }

  return { install, pageData, assertNoMistakes }
}

function parse(source: string, file: string): { lesson?: Lesson; mistakes: Mistake[] } {
  try {
    return { lesson: parseLesson(source, file), mistakes: [] }
  } catch (error) {
    if (!(error instanceof LessonError)) throw error
    return { mistakes: error.mistakes }
  }
}

function frontmatterLines(source: string): number {
  const block = /^---[ \t]*\r?\n[\s\S]*?\r?\n---[ \t]*\r?\n/.exec(source)?.[0]
  return block === undefined ? 0 : block.split('\n').length - 1
}
