import type { WebSocket } from 'ws'

/** One learner, and the workbenches that are open for them. Alone there is one seat. */
export interface Seat {
  /** Whether a page of this name exists and has this pane. Starts nothing. */
  has(lesson: string, pane: string): Promise<boolean>
  /**
   * Joins a socket that the guard let in to a pane; makes sandbox and shell if need be.
   * Never rejects: what goes wrong is said on the socket, which is then closed.
   */
  attach(lesson: string, pane: string, socket: WebSocket): Promise<void>
  /** Ends the lesson's sandbox and gives back the scripts as they were. Its sockets close with `CLOSE.reset`. */
  reset(lesson: string): Promise<void>
  /** Resolves when every shell and sandbox of the seat is gone. */
  close(): Promise<void>
}
