import { existsSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import type { MarkdownRenderer, PageData } from 'vitepress'
import { readMinutes } from '../../playground/course/minutes.ts'
import { parsePage } from '../../playground/course/pages.ts'
import { frontmatterLines } from '../../playground/format/frontmatter.ts'
import { formatMistake, type Mistake } from '../../playground/format/lesson.ts'
import { isLessonSlug } from '../../playground/format/slug.ts'
import type { PageLesson } from '../theme/ui/page-lesson.ts'
import { installChallenges } from './challenges.ts'
import { installContainers } from './containers.ts'
import { installExplanations } from './explanations.ts'
import type { LessonEnv } from './lesson-env.ts'
import { mistakeBox, warningBox } from './mistake-box.ts'
import { installQuestions } from './questions.ts'
import { installTerms } from './terms.ts'
import { installTogether } from './together.ts'
import { installTranscripts } from './transcripts.ts'
import { parseWords, type Word } from './words.ts'

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
    installQuestions(md)
    installChallenges(md)
    installExplanations(md)
    installTerms(md, words)
    installTogether(md)
    const render = md.renderAsync.bind(md)
    md.renderAsync = async (source, env: LessonEnv) => {
      const file = relative(root, env.realPath ?? env.path)
      const parsed = parsePage(source, file)
      mistakes.set(file, parsed.mistakes)
      const warnings = showWarnings ? [...(parsed.lesson?.warnings ?? [])] : []
      const mine = { mistakes: [...parsed.mistakes], warnings, lineOffset: frontmatterLines(source) }
      Object.assign(env, { lesson: parsed.lesson, ...mine, file })
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
    const [, slug] = /^lessons\/([^/]+)\.md$/.exec(page.relativePath) ?? []
    if (slug === undefined || !isLessonSlug(slug)) return {}
    const file = join('docs', page.filePath)
    const text = readFileSync(join(root, file), 'utf8')
    const { lesson } = parsePage(text, file)
    if (lesson) {
      const { panes, languages } = lesson
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
