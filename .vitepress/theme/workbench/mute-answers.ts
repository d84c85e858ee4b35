import type { Terminal } from '@xterm/xterm'

/**
 * Programs ask terminals what they are and where the cursor is. Of several that show the same shell one may answer,
 * and none to a question that was asked before it looked.
 */
export function muteAnswers({ parser }: Terminal, muted: () => boolean): void {
  // Device attributes, status and modes, size of the window; xterm's own handlers answer where these say false.
  for (const id of [
    { final: 'c' },
    { prefix: '>', final: 'c' },
    { final: 'n' },
    { prefix: '?', final: 'n' },
    { intermediates: '$', final: 'p' },
    { prefix: '?', intermediates: '$', final: 'p' },
    { final: 't' },
  ])
    parser.registerCsiHandler(id, muted)
  parser.registerDcsHandler({ intermediates: '$', final: 'q' }, muted)
  // Colours: with `?` they are asked for, else they are set.
  for (const id of [4, 10, 11, 12]) parser.registerOscHandler(id, data => muted() && data.includes('?'))
}
