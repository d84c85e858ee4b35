import type { MarkdownEnv, MarkdownRenderer } from 'vitepress'
import { literalText } from '../../playground/format/transcript.ts'
import { escapeHtml } from './mistake-box.ts'

/**
 * A page as the search reads it. What a transcript types and prints is found too: it is in an attribute, where the
 * search would not look.
 */
export async function searchText(source: string, env: MarkdownEnv, md: MarkdownRenderer): Promise<string> {
  const html = await md.renderAsync(source, env)
  if (env.frontmatter?.search === false) return ''
  // What readers do not see they cannot find either.
  const read = html.replace(/<aside class="speaker"[\s\S]*?<\/aside>/g, '')
  return read.replace(/<Transcript :transcript="([^"]*)"[^>]*><\/Transcript>/g, (_, json: string) => {
    return `<pre>${escapeHtml(literalText(JSON.parse(unescapeHtml(json))))}</pre>`
  })
}

/** The reverse of `escapeHtml`. */
function unescapeHtml(text: string): string {
  return text.replace(/&#(\d+);/g, (_, code: string) => String.fromCharCode(Number(code)))
}
