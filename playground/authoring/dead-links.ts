/** Links that lead nowhere, on the site and on GitHub. */
import { posix as path } from 'node:path'
import { quote } from '../format/placeholder.ts'
import type { Link } from './links.ts'
import type { Problem } from './page-problems.ts'

/** A page, or a file of the site that holds links, as the links of others see it. */
export interface Linked {
  /** From the repository's folder. */
  file: string
  links: Link[]
  /** Ids of its headings, on the site. */
  anchors: readonly string[]
  /** The texts of its headings, of which GitHub makes ids of its own. */
  headings: readonly string[]
}

/**
 * What stands in `docs` or `.vitepress` is read on the site, everything else on GitHub. Links to other hosts are not
 * followed.
 *
 * @param files everything that a link may lead to, from the repository's folder
 */
export function deadLinks(pages: readonly Linked[], files: Iterable<string>): Problem[] {
  const known = new Set(files)
  const folders = new Set([...known].flatMap(foldersOf))
  return pages.flatMap(page =>
    page.links.flatMap(({ line, target }): Problem[] => {
      if (/^(?:[a-z][a-z\d+.-]*:|\/\/)/i.test(target)) return []
      const { file } = page
      const [address = '', hash = ''] = target.replace(/:~:.*$/, '').split('#')
      const onSite = isOnSite(file)
      const found = address === '' ? file : candidates(file, decode(address)).find(to => known.has(to))
      if (found === undefined) {
        if (!onSite && folders.has(candidates(file, decode(address))[0]!)) return []
        const todo = onSite
          ? 'name a page or a file of docs, or of docs/public'
          : 'name a file of the repository'
        return [
          {
            file,
            line,
            what: `the link ${quote(target)} leads nowhere`,
            todo: `${todo}, or take the link out`,
          },
        ]
      }
      const to = pages.find(({ file }) => file === found)
      if (hash === '' || !to) return []
      const ids = onSite ? to.anchors : githubIds(to.headings)
      if (ids.includes(decode(hash))) return []
      const what = `${quote(target)}: ${found} has no heading with the id ${quote(decode(hash))}`
      return [{ file, line, what, todo: `use one of its ids: ${ids.join(' ')}` }]
    }),
  )
}

/** Files that an address may mean, the likeliest first. */
function candidates(from: string, address: string): string[] {
  const written = address.replace(/\?.*$/, '')
  if (!isOnSite(from))
    return [plain(written.startsWith('/') ? written.slice(1) : path.join(path.dirname(from), written))]
  const to = plain(
    written.startsWith('/') ? path.join('docs', written) : path.join(path.dirname(from), written),
  )
  // The site consists of docs: the rest of the repository is not there.
  if (!/^docs(?:\/|$)/.test(to)) return []
  const page = to.replace(/\.html$/, '')
  return [to, `${page}.md`, `${page}/index.md`, to.replace('docs/', 'docs/public/')]
}

function plain(file: string): string {
  return path.normalize(file).replace(/\/$/, '')
}

function foldersOf(file: string): string[] {
  const folder = path.dirname(file)
  return folder === '.' ? [] : [folder, ...foldersOf(folder)]
}

function isOnSite(file: string): boolean {
  return /^(?:docs|\.vitepress)\//.test(file)
}

/** Lowercase letters and digits, `-` for blanks; equal ones are numbered. */
function githubIds(headings: readonly string[]): string[] {
  const seen = new Map<string, number>()
  return headings.map(heading => {
    const id = heading
      .trim()
      .toLowerCase()
      .replace(/[^\p{L}\p{M}\p{N}\s_-]/gu, '')
      .replace(/\s/g, '-')
    const count = seen.get(id) ?? 0
    seen.set(id, count + 1)
    return count === 0 ? id : `${id}-${count}`
  })
}

/** As written where it is no valid encoding. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
