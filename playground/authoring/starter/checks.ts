import type { Check } from 'reuseport-playground/checks'

/** A worker listens on the lesson's port. */
export const oneListens: Check = ({ listeners }) => {
  const { length } = listeners.filter(({ port }) => port === 8080)
  return length === 1 || `${length} sockets listen on port 8080; one is needed.`
}
