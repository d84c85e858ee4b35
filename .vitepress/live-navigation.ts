import { dirname, join } from 'node:path'
import type { Plugin, ResolvedConfig } from 'vite'
import type { SiteConfig } from 'vitepress'
import { type Navigation, readNavigation } from './navigation.ts'

/** What VitePress calls the module of all that a page knows of the site. */
const SITE_DATA = '/@siteData'

/**
 * While authors write, the navigation follows: a page that comes, goes or gets another title is in the lists
 * without a restart. The shells of a lesson outlive the reload that this takes.
 */
export function liveNavigation(docs: string): Plugin {
  const folders = ['lessons', 'guide'].map(name => join(docs, name))
  let theme: Navigation
  return {
    name: 'playground:live-navigation',
    apply: 'serve',
    configResolved(config) {
      theme = (config as ResolvedConfig & { vitepress: SiteConfig }).vitepress.site.themeConfig
    },
    hotUpdate({ file }) {
      if (this.environment.name !== 'client' || !folders.includes(dirname(file))) return
      const found = read(docs)
      const { nav, sidebar } = theme
      if (!found || JSON.stringify(found) === JSON.stringify({ nav, sidebar })) return
      Object.assign(theme, found)
      const module = this.environment.moduleGraph.getModuleById(SITE_DATA)
      if (module) this.environment.moduleGraph.invalidateModule(module)
      this.environment.hot.send({ type: 'full-reload' })
      return []
    },
  }
}

/** Undefined while a page that is being written has no title yet. */
function read(docs: string): Navigation | undefined {
  try {
    return readNavigation(docs)
  } catch {
    return undefined
  }
}
