/** What a page's `<<<` lines lead to. */
import { posix as path } from 'node:path'

/** Where a snippet's file is, from the repository's folder. */
export function snippetFile(page: string, written: string): string {
  return written.startsWith('@/')
    ? path.join('docs', written.slice(2))
    : path.join(path.dirname(page), written)
}

/** What `<<<` shows of a file: the lines between the region's comments, or all; '' where they are not there. */
export function shownText(text: string, region: string | undefined): string {
  if (region === undefined) return text
  const mark = (word: string) => `^.*#${word} ${RegExp.escape(region)}\\s*$`
  return new RegExp(`${mark('region')}([\\s\\S]*?)${mark('endregion')}`, 'm').exec(text)?.[1] ?? ''
}
