/** The playground cannot start for a reason that the user can mend: one line, exit 2, no stack. */
export class StartError extends Error {
  override name = 'StartError'

  /** @param message may quote what was given: no control character of it reaches the terminal */
  constructor(message: string) {
    super(message.replace(/\p{Cc}+/gu, '\uFFFD'))
  }
}
