import type Token from 'markdown-it/lib/token.mjs'
import type { MarkdownRenderer } from 'vitepress'
import { isTranscript, type Transcript } from '../../playground/format/transcript.ts'
import { allTranscripts } from '../../playground/format/way.ts'
import { commandWords } from '../theme/ui/command-words.ts'
import type { LessonEnv } from './lesson-env.ts'
import { escapeHtml, mistakeBox, takeMistakes, warningBox } from './mistake-box.ts'

/** What is known of a `console` fence; undefined for other tokens, and while the page holds mistakes. */
export function transcriptOf({ map }: Token, env: LessonEnv): Transcript | undefined {
  if (!map || !env.lesson) return undefined
  return allTranscripts(env.lesson).find(({ line }) => line === map[0] + env.lineOffset + 1)
}

/** `console` fences become `<Transcript>`; every other fence stays as it was. */
export function installTranscripts(md: MarkdownRenderer): void {
  const fence = md.renderer.rules.fence!
  md.renderer.rules.fence = (tokens, index, options, env: LessonEnv, self) => {
    const token = tokens[index]!
    // The rules below take words off the info string.
    const { info, map, meta } = token
    const plain = () => fence(tokens, index, options, env, self)
    if (!isTranscript(info) || map === null) return plain()

    const first = map[0] + env.lineOffset + 1
    const last = map[1] + env.lineOffset
    const mistakes = takeMistakes(env.mistakes, first, last)
    if (mistakes.length > 0) return mistakeBox(mistakes) + plain()
    if (env.lesson === undefined) return plain()
    const transcript = transcriptOf(token, env)
    // The parser and markdown-it do not agree on where fences are: neither knows whom to believe.
    if (transcript === undefined)
      throw new Error(`${env.file}:${first}: this fence would never be run; indent it less`)
    const warnings = warningBox(takeMistakes(env.warnings, first, last))
    const asked = meta?.behind.length ? ` :behind="${escapeHtml(JSON.stringify(meta.behind))}"` : ''
    const words = commandWords(transcript, allTranscripts(env.lesson))
    const named = Object.keys(words).length > 0 ? ` :words="${escapeHtml(JSON.stringify(words))}"` : ''
    return `${warnings}<Transcript :transcript="${escapeHtml(JSON.stringify(transcript))}"${asked}${named}></Transcript>\n`
  }
}
