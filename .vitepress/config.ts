import { basename, join } from 'node:path'
import { defineConfig } from 'vitepress'
import { readCourse } from '../playground/course/course.ts'
import { usedTree } from '../playground/course/stage.ts'
import { writeCompressed } from './compressed.ts'
import { followCourse } from './follow-course.ts'
import { followWatch } from './follow-watch.ts'
import { preloadFonts, preloadsOf } from './fonts.ts'
import { codeTransformers } from './markdown/code.ts'
import { lessonMarkdown } from './markdown/lesson-markdown.ts'
import { searchText } from './markdown/search-text.ts'
import { writeMoved } from './moved.ts'
import { navigationOf } from './navigation.ts'
import { writeStaticHealth } from './static-health.ts'
import { withoutWholePageRule } from './whole-page-rule.ts'

const root = join(import.meta.dirname, '..')
/** Whose lessons they are: ours, or somebody else's that `--lessons` has laid out. */
const tree = usedTree()
const course = readCourse(tree)
const mark = course.mark ? `/${course.mark}` : '/favicon.svg'
// Authors read the pages in development; what is built is for readers.
const markdown = lessonMarkdown(tree, { showWarnings: process.env.NODE_ENV !== 'production' })

export default defineConfig({
  title: course.title,
  description: course.description,
  lang: 'en-US',
  srcDir: join(tree, 'docs'),
  // What is prepared for one tree is no good for another one.
  ...(tree !== root && { cacheDir: join(import.meta.dirname, 'cache', basename(tree)) }),
  cleanUrls: true,
  // LessonLayout sees to transitions: vueuse styles the whole page three times at each start to do so.
  appearance: { disableTransition: false },
  // Firefox holds what is fetched ahead against `default-src 'none'`, and says so for each link.
  router: { prefetchLinks: false },
  head: [
    ['link', { rel: 'icon', href: mark }],
    ['script', { id: 'before-paint' }, beforePaint()],
  ],
  transformHead: ({ assets }) => preloadsOf(assets),
  themeConfig: {
    ...navigationOf(course),
    logo: mark,
    search: {
      provider: 'local',
      options: {
        _render: searchText,
        // With what stands around the words that were found.
        detailedView: true,
        // One letter in six or more may be wrong: of four, `want` would be found for WAIT.
        miniSearch: { searchOptions: { fuzzy: 0.09 } },
      },
    },
    docFooter: { prev: 'Previous', next: 'Next' },
    externalLinkIcon: true,
    notFound: {
      title: 'No such page',
      quote: 'Nothing is at this address. The home page leads to every lesson.',
      linkText: 'To the home page',
    },
  },
  markdown: {
    // A page must be what parseLesson reads: one file, nothing spliced in.
    include: false,
    container: {
      customContainers: {
        lang: '',
        check: 'Check',
        predict: 'Predict, then run',
        'often-said': 'Often said',
        coach: 'How to read a box',
        speaker: 'For the speaker',
        challenge: 'Challenge',
        hint: 'Hint',
        solution: 'Solution',
      },
    },
    config: markdown.install,
    codeTransformers,
  },
  vite: { plugins: [followCourse(tree), followWatch(), withoutWholePageRule(), preloadFonts()] },
  transformPageData: markdown.pageData,
  buildEnd({ outDir }) {
    markdown.assertNoMistakes()
    writeMoved(course, outDir)
    writeStaticHealth(outDir)
    writeCompressed(outDir)
  },
})

/**
 * What must hold before the first paint, or the page would jump: the reader's language, the width of the workbench,
 * whether the coach was closed, and speaker notes where `?notes` has asked for them, in this tab, until `?notes=off`.
 * The keys are those of theme/ui/language.ts, workbench/Divider.vue and lesson/Coach.vue.
 */
function beforePaint(): string {
  return `(() => {
    const root = document.documentElement
    const read = name => { try { return localStorage.getItem(name) } catch { return null } }
    root.dataset.lang = read('playground-lang') === 'py' ? 'py' : 'ts'
    if (read('playground-coached')) root.dataset.coached = ''
    const width = Number(read('playground-workbench-width'))
    const notes = new URLSearchParams(location.search).get('notes')
    try { if (notes !== null) sessionStorage.setItem('playground-notes', notes) } catch {}
    const kept = (() => { try { return sessionStorage.getItem('playground-notes') } catch { return null } })() ?? notes
    root.toggleAttribute('data-notes', kept !== null && kept !== 'off')
    if (width > 0) root.style.setProperty('--workbench-wanted', width + 'px')
  })()`
}
