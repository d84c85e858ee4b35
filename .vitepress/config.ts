import { join } from 'node:path'
import { defineConfig } from 'vitepress'
import { liveNavigation } from './live-navigation.ts'
import { codeTransformers } from './markdown/code.ts'
import { lessonMarkdown } from './markdown/lesson-markdown.ts'
import { searchText } from './markdown/search-text.ts'
import { readNavigation } from './navigation.ts'
import { withoutWholePageRule } from './whole-page-rule.ts'

const root = join(import.meta.dirname, '..')
const docs = join(root, 'docs')
// Authors read the pages in development; what is built is for readers.
const markdown = lessonMarkdown(root, { showWarnings: process.env.NODE_ENV !== 'production' })

export default defineConfig({
  title: 'One Port, Many Workers',
  description: 'A hands-on tutorial about the Linux socket option SO_REUSEPORT, with live terminals.',
  lang: 'en-US',
  srcDir: 'docs',
  cleanUrls: true,
  // LessonLayout sees to transitions: vueuse styles the whole page three times at each start to do so.
  appearance: { disableTransition: false },
  head: [
    ['link', { rel: 'icon', href: '/favicon.svg', type: 'image/svg+xml' }],
    ['script', { id: 'before-paint' }, beforePaint()],
  ],
  themeConfig: {
    ...readNavigation(docs),
    search: { provider: 'local', options: { _render: searchText } },
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
      },
    },
    config: markdown.install,
    codeTransformers,
  },
  vite: { plugins: [liveNavigation(docs), withoutWholePageRule()] },
  transformPageData: markdown.pageData,
  buildEnd: markdown.assertNoMistakes,
})

/**
 * What must hold before the first paint, or the page would jump: the reader's language and the
 * width of the workbench. The keys are those of theme/client/language.ts and workbench/Divider.vue.
 */
function beforePaint(): string {
  return `(() => {
    const root = document.documentElement
    const read = name => { try { return localStorage.getItem(name) } catch { return null } }
    root.dataset.lang = read('playground-lang') === 'py' ? 'py' : 'ts'
    const width = Number(read('playground-workbench-width'))
    if (width > 0) root.style.setProperty('--workbench-wanted', width + 'px')
  })()`
}
