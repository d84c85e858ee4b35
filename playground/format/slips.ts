/** Lines of a fence that are nearly what they are meant to be: taken as output, they would mislead. Pure. */

export interface Slip {
  what: string
  todo: string
  /** What the line was meant to be, where it can be taken as that: one mistake is enough. */
  command?: string
}

/** They look like a blank, or like nothing. */
const UNSEEN = /[\u00a0\u00ad\u200b-\u200f\u2007\u202f\u2060\u3000\ufeff]/

/** @param text a line between the fence's first and last */
export function slipIn(text: string): Slip | undefined {
  if (/^(?:`{3,}|~{3,})[ \t]*console\b/.test(text))
    return { what: 'a fence begins within another one', todo: 'end the one above with a line ``` before it' }
  const [, behind = '', rest = ''] = /^\$(\s)(.*)$/u.exec(text) ?? []
  if (behind !== '' && behind !== ' ')
    return {
      what: `${named(behind)} behind \`$\``,
      todo: 'write a blank there, or `\\$` for output',
      command: rest,
    }
  if (/^(?:…|\.{4,})[ \t]*$/.test(text))
    return {
      what: `\`${text.trim()}\` alone on a line`,
      todo: 'write `...` for any lines, or `\\` before it for output',
    }
  if (/^\^(?:c[ \t]*$|C[ \t]+\S)/.test(text))
    return {
      what: `\`${text.trim()}\` presses nothing`,
      todo: 'write `^C` alone on its line, or `\\^` for output',
    }
  const status = /^\[(?:\s+|\s*(?:exit|status|code)\b[\s:=]*)(\d+)\s*\][ \t]*$|^\[(\d+)\s+\][ \t]*$/i.exec(
    text,
  )
  if (status) {
    const number = status[1] ?? status[2]
    return {
      what: `\`${text.trim()}\` is no exit status`,
      todo: `write \`[${number}]\`, or \`\\[\` for output`,
    }
  }
  const word =
    /^\[(?:zero|one|two|three|-\d+|\d+\.\d+|0x[\da-f]+|error|fail(?:ed|ure)?|non-?zero|N|\?)\][ \t]*$/i
  if (word.test(text) || /^\[(?:exit|status|code)\b[\s:=]*\w*\s*\][ \t]*$/i.test(text))
    return {
      what: `\`${text.trim()}\` is no exit status`,
      todo: 'write a number from 0 to 255, as `[1]`, or `\\[` for output',
    }
  if (/^\[(?:\.{3}|…)\][ \t]*$/.test(text))
    return { what: `\`${text.trim()}\` leaves nothing out`, todo: 'write `...`, or `\\[` for output' }
  return undefined
}

/** A name and a type with blanks between them. */
export function placeholderSlipIn(source: string): Slip | undefined {
  const [whole, name, type] = /(?<!\\)<([A-Za-z_][\w-]*)\s*:\s*([a-z]+|-?\d+\.\.-?\d+)\s*>/.exec(source) ?? []
  if (whole === undefined || whole === `<${name}:${type}>`) return undefined
  return {
    what: `\`${whole}\` is no placeholder`,
    todo: `write \`<${name}:${type}>\`, or \`\\<\` for a plain \`<\``,
  }
}

/** A range with another sign between its ends, or in other brackets. */
export function rangeSlipIn(source: string): Slip | undefined {
  const [whole, name = '', low, high] =
    /(?<!\\)<((?:[A-Za-z_][\w-]*:)?)(-?\d+)(?:[–—−-]|\.{3}|…)(-?\d+)>/.exec(source) ??
    /‹((?:[A-Za-z_][\w-]*:)?)(-?\d+)(?:[–—−-]|\.{2,3}|…)(-?\d+)[›>]/.exec(source) ??
    []
  if (whole === undefined) return undefined
  return {
    what: `\`${whole}\` is no range`,
    todo: `write \`<${name}${low}..${high}>\`, or \`\\<\` for a plain \`<\``,
  }
}

/** What nobody sees in a command, the shell takes as part of a word. */
export function unseenIn(command: string): Slip | undefined {
  const [character] = UNSEEN.exec(command) ?? []
  if (character === undefined) return undefined
  return {
    what: `${named(character)} in a command, which cannot be seen`,
    todo: 'write a plain blank, or leave it out',
  }
}

/**
 * What a word processor makes of what is typed: the shell would take it as letters. In quotes, in a comment or in a
 * here-document it is text.
 */
export function typesetIn(command: string): Slip | undefined {
  const bare = command.replace(/'[^']*'|"(?:\\.|[^"\\])*"/g, '').replace(/(?<=^|\s)#.*$/, '')
  const [quotes] = /[“”„‟‘’‚‛«»]/.exec(bare) ?? []
  if (quotes)
    return {
      what: `\`${quotes}\` is no quotation mark for a shell`,
      todo: `write \`"\` or \`'\`, or put those around it`,
    }
  const [, dash, option] = /(?:^|\s)([–—−‐‑]+)(\w[\w-]*)/.exec(bare) ?? []
  if (dash)
    return {
      what: `\`${dash}${option}\` is no option`,
      todo: `write \`${option!.length > 1 ? '--' : '-'}${option}\`, or put it in quotes`,
    }
  const [mixed] = /[A-Za-z]+[Ͱ-ӿ][\wͰ-ӿ]*|[Ͱ-ӿ]+[A-Za-z][\wͰ-ӿ]*/.exec(bare) ?? []
  if (mixed) {
    const [letter] = /[Ͱ-ӿ]/.exec(mixed)!
    return {
      what: `\`${mixed}\` has ${codeOf(letter)} among Latin letters`,
      todo: 'type the word anew, or put it in quotes',
    }
  }
  return undefined
}

/** Why two texts that look alike are none. @returns undefined where they do not */
export function lookAlike(one: string, other: string): string | undefined {
  const plain = (text: string) => text.normalize('NFKC').replace(/\s|\p{Cf}/gu, '')
  if (one === other || plain(one) !== plain(other) || plain(one) === '') return undefined
  const [a, b] = [[...one], [...other]] as const
  let at = 0
  while (a[at] === b[at]) at++
  const [x, y] = [a, b].map(text => (text[at] === undefined ? 'nothing' : codeOf(text[at]!)))
  return `they look alike, but the one has ${x} where the other has ${y}`
}

function named(character: string): string {
  return character === '\t' ? 'a tab' : codeOf(character)
}

function codeOf(character: string): string {
  return `U+${character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}`
}
