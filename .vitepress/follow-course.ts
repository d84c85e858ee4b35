import { dirname, join } from 'node:path'
import type { Plugin, ResolvedConfig } from 'vite'
import type { SiteConfig } from 'vitepress'
import { type Course, readCourse } from '../playground/course/course.ts'
import { type Navigation, navigationOf } from './navigation.ts'
import { makeClaims } from './theme/claims/claims.made.ts'
import { readContrast } from './theme/home/contrast.made.ts'
import { makeMap } from './theme/home/lessons.made.ts'
import { makeMoved } from './theme/progress/moved.made.ts'
import { makeQuestions } from './theme/progress/questions.made.ts'
import { makeSteps } from './theme/progress/steps.made.ts'
import { makeScripts } from './theme/scene/scripts.made.ts'

/** What pages know of the whole course: modules whose `data` is made of it, when the site is built. */
const MADE: Record<string, (course: Course) => unknown> = {
  'claims/claims': makeClaims,
  'home/contrast': readContrast,
  'home/lessons': makeMap,
  'progress/moved': makeMoved,
  'progress/questions': makeQuestions,
  'progress/steps': makeSteps,
  'scene/scripts': makeScripts,
}
const THEME = join(import.meta.dirname, 'theme')
/** What VitePress calls the module of all that a page knows of the site. */
const SITE_DATA = '/@siteData'

/**
 * Gives pages what they know of the course. While authors write, it follows: a page that comes, goes or gets another
 * title is in the lists without a restart. The shells of a lesson outlive the reload that a new list takes.
 */
export function followCourse(root: string): Plugin {
  const folders = ['lessons', 'guide', 'kernels', '.'].map(name => join(root, 'docs', name))
  /** As it was made last, by module. */
  const texts = new Map<string, string>()
  let config: ResolvedConfig & { vitepress: SiteConfig }

  return {
    name: 'playground:follow-course',
    enforce: 'pre',
    configResolved(resolved) {
      config = resolved as typeof config
    },
    load(id) {
      const make = MADE[nameOf(id)]
      if (!make) return undefined
      const text = textOf(make, readCourse(root))
      texts.set(id, text)
      return { code: text, map: null }
    },
    hotUpdate({ file, modules }) {
      if (this.environment.name !== 'client' || !folders.includes(dirname(file))) return
      const course = read()
      if (!course) return
      const { moduleGraph, hot } = this.environment
      const theme: Navigation = config.vitepress.site.themeConfig
      const navigation = navigationOf(course)
      if (JSON.stringify(navigation) !== JSON.stringify({ nav: theme.nav, sidebar: theme.sidebar })) {
        Object.assign(theme, navigation)
        const module = moduleGraph.getModuleById(SITE_DATA)
        if (module) moduleGraph.invalidateModule(module)
        for (const id of texts.keys()) {
          const made = moduleGraph.getModuleById(id)
          if (made) moduleGraph.invalidateModule(made)
        }
        hot.send({ type: 'full-reload' })
        return []
      }
      const changed = [...texts].filter(([id, text]) => text !== textOf(MADE[nameOf(id)]!, course))
      return [...modules, ...changed.flatMap(([id]) => moduleGraph.getModuleById(id) ?? [])]
    },
  }

  /** Undefined while what is being written cannot be read yet. */
  function read(): Course | undefined {
    try {
      const course = readCourse(root)
      navigationOf(course)
      return course
    } catch (error) {
      config.logger.error((error as Error).message)
      return undefined
    }
  }
}

/** `home/lessons` of the module's id. */
function nameOf(id: string): string {
  return id.startsWith(`${THEME}/`) ? id.slice(THEME.length + 1).replace(/\.made\.ts$/, '') : ''
}

function textOf(make: (course: Course) => unknown, course: Course): string {
  return `export const data = ${JSON.stringify(make(course))}`
}
