import { key } from './key.ts'

/**
 * Has the server do something.
 *
 * @param path below `/api/`
 * @param body is sent as JSON
 * @throws Error with one line for the reader
 */
export function post(path: string, body?: object): Promise<Response> {
  return ask(path, { method: 'POST', body: body && JSON.stringify(body) })
}

/** Has the server give something, as `post` does. */
export function get(path: string): Promise<Response> {
  return ask(path, { method: 'GET' })
}

async function ask(path: string, request: RequestInit): Promise<Response> {
  const headers = { authorization: `Bearer ${key.value}` }
  const response = await fetch(`/api/${path}`, { ...request, headers }).catch(() => undefined)
  if (!response) throw new Error('The server does not answer. Is `npm run docs` still running?')
  if (!response.ok) throw new Error((await response.text()).trim() || `The server said ${response.status}.`)
  return response
}
