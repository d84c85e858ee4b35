/** The playground cannot start for a reason that the user can mend: one line, exit 2, no stack. */
export class StartError extends Error {
  override name = 'StartError'
}
