/** What a workbench does not do for a reader, one line that says why. */
export class ActError extends Error {
  /** 400: nobody could; 409: not as it is now. */
  readonly status: 400 | 409
  constructor(status: 400 | 409, message: string) {
    super(message)
    this.status = status
  }
}
