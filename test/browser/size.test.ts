import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { build } from 'vitepress'
import { afterAll, beforeAll, expect, test } from 'vitest'

/** Kilobytes of gzip that a lesson may load in all, before a pane opens. */
const ALLOWED = 120

const ours = join(process.cwd(), '.vitepress/dist')
let folder: string
let bare: string

beforeAll(async () => {
  // Within the repository: what is built is also run once, and imports Vue.
  const cache = join(process.cwd(), '.vitepress/cache')
  await mkdir(cache, { recursive: true })
  folder = await mkdtemp(join(cache, 'size-'))
  const root = await writeBareSite()
  bare = join(root, '.vitepress/dist')
  await build(root, {
    onAfterConfigResolve(config) {
      config.logger = { ...config.logger, info() {}, warn() {}, warnOnce() {} }
    },
  })
}, 240_000)
afterAll(() => rm(folder, { recursive: true, force: true }))

test('what a lesson loads before a pane opens', async () => {
  const plain = await sizeOf(bare, 'index.html')
  for (const page of await lessons()) {
    const all = await sizeOf(ours, page)
    expect(all, `${page} loads ${all.toFixed(1)} kB; plain VitePress ${plain.toFixed(1)} kB`).toBeLessThan(
      ALLOWED,
    )
  }
})

test('no page loads the terminal before it is needed', async () => {
  const isTerminal = (text: string) => text.includes('xterm-helper-textarea')
  const assets = await readdir(join(ours, 'assets'), { recursive: true })
  const scripts = assets.filter(name => name.endsWith('.js')).map(name => join(ours, 'assets', name))
  const all = await Promise.all(scripts.map(file => readFile(file, 'utf8')))
  expect(all.filter(isTerminal)).toHaveLength(1)
  for (const page of ['index.html', ...(await lessons())]) {
    const texts = await Promise.all([...(await scriptsOf(ours, page))].map(file => readFile(file, 'utf8')))
    expect(texts.filter(isTerminal), page).toEqual([])
  }
})

test('no page is fetched before somebody goes there', async () => {
  const chunks = join(ours, 'assets', 'chunks')
  const name = (await readdir(chunks)).find(file => /^metadata\..*\.js$/.test(file))
  expect(await readFile(join(chunks, name!), 'utf8')).toMatch(/"router\\*":\{\\*"prefetchLinks\\*":false\}/)
})

async function lessons(): Promise<string[]> {
  const names = await readdir(join(ours, 'lessons'))
  const pages = names.filter(name => name.endsWith('.html')).map(name => `lessons/${name}`)
  const texts = await Promise.all(pages.map(page => readFile(join(ours, page), 'utf8')))
  // Old addresses lead on, and load nothing.
  return pages.filter((_, index) => !texts[index]!.includes('http-equiv="refresh"'))
}

/** The default theme without fonts, as ours uses it, with its search, and one page. */
async function writeBareSite(): Promise<string> {
  const root = join(folder, 'site')
  await mkdir(join(root, '.vitepress/theme'), { recursive: true })
  await writeFile(join(root, 'package.json'), '{ "type": "module" }')
  await writeFile(join(root, 'index.md'), '# A page\n\nText.\n')
  await writeFile(
    join(root, '.vitepress/config.mjs'),
    `export default { title: 'Bare', themeConfig: { search: { provider: 'local' } } }\n`,
  )
  await writeFile(
    join(root, '.vitepress/theme/index.js'),
    `export { default } from 'vitepress/theme-without-fonts'\n`,
  )
  return root
}

/** Kilobytes of gzip. */
async function sizeOf(site: string, page: string): Promise<number> {
  let bytes = 0
  for (const file of await scriptsOf(site, page)) bytes += gzipSync(await readFile(file)).length
  return bytes / 1000
}

/** The scripts that the page names, and what they import, as files; what is only imported later does not count. */
async function scriptsOf(site: string, page: string): Promise<Set<string>> {
  const html = await readFile(join(site, page), 'utf8')
  const named = [...html.matchAll(/<(?:script|link)\b[^>]*\b(?:src|href)="(\/[^"]+\.js)"/g)]
  const files = new Set<string>()
  const waiting = named.map(([, url]) => join(site, url!))
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    if (files.has(file)) continue
    files.add(file)
    const text = await readFile(file, 'utf8')
    for (const [, url] of text.matchAll(/\b(?:import|from)\s*"(\.{1,2}\/[^"]+\.js)"/g)) {
      waiting.push(join(file, '..', url!))
    }
  }
  expect(files.size, page).toBeGreaterThan(2)
  return files
}
