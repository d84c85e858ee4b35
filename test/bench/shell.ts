/** The shell of the servers that bring none of their own. */
import { SYSTEM_PATH } from '../../playground/sandbox/environment.ts'

/** A bare one: its start-up files differ between machines, and the prompt must be known. */
export const NAIVE_SHELL = ['bash', '--norc', '--noprofile'] as const

export const SHELL_ENV = {
  PATH: SYSTEM_PATH,
  HOME: '/',
  PS1: '$ ',
  TERM: 'xterm-256color',
  LANG: 'C.UTF-8',
  HISTFILE: '/dev/null',
}
