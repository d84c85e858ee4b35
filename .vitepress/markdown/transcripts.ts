import type Token from 'markdown-it/lib/token.mjs'
import type { MarkdownRenderer } from 'vitepress'
import { isTranscript, type Transcript } from '../../playground/format/transcript.ts'
import type { LessonEnv } from './lesson-markdown.ts'
import { escapeHtml, mistakeBox, takeMistakes, warningBox } from './mistake-box.ts'

/** What is known of a `console` fence; undefined for other tokens, and while the page holds mistakes. */
export function transcriptOf({ map }: Token, env: LessonEnv): Transcript | undefined {
  return map ? env.lesson?.transcripts.find(({ line }) => line === map[0] + env.lineOffset + 1) : undefined
}

/** `console` fences become `<Transcript>`; every other fence stays as it was. */
export function installTranscripts(md: MarkdownRenderer): void {
  const fence = md.renderer.rules.fence!
  md.renderer.rules.fence = (tokens, index, options, env: LessonEnv, self) => {
    const token = tokens[index]!
    // The rules below take words off the info string.
    const { info, map } = token
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
    return `${warnings}<Transcript :transcript="${escapeHtml(JSON.stringify(transcript))}"></Transcript>\n`
  }
}
