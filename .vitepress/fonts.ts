import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Plugin } from 'vite'
import type { HeadConfig } from 'vitepress'

const FOLDER = join(import.meta.dirname, 'theme/fonts')

/** Has a page load the faces that its first screen needs at once; bold code can wait. */
export function preloadsOf(assets: string[]): HeadConfig[] {
  return assets.filter(isNeeded).map(href => ['link', attributesOf(href)])
}

/** The same in development, where nobody lists what is not built yet. */
export function preloadFonts(): Plugin {
  return {
    name: 'playground:preload-fonts',
    apply: 'serve',
    transformIndexHtml: () =>
      readdirSync(FOLDER)
        .filter(isNeeded)
        .map(name => ({ tag: 'link', attrs: attributesOf(`/@fs${join(FOLDER, name)}`), injectTo: 'head' })),
  }
}

function isNeeded(name: string): boolean {
  return /plex-(sans-latin-[46]00|mono-latin-400)-normal.*\.woff2$/.test(name)
}

function attributesOf(href: string): Record<string, string> {
  return { rel: 'preload', href, as: 'font', type: 'font/woff2', crossorigin: '' }
}
