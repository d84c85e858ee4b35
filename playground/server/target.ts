/** What a request's target names. Nothing in it is ever decoded. */
import { SLUG } from '../format/slug.ts'

/** Without the query. */
export function pathOf(target: string | undefined): string {
  return (target ?? '').replace(/[?#].*$/s, '')
}

/** A route that has this path, and the names in it; undefined where something else stands in place of one. */
export interface Place<Route> {
  route: Route
  names: string[] | undefined
}

/** @param routes with paths such as `/api/panes/NAME/NAME` */
export function placesOf<Route extends { path: string }>(
  routes: readonly Route[],
  path: string,
): Place<Route>[] {
  const parts = path.split('/')
  return routes.flatMap(route => {
    const wanted = route.path.split('/')
    const fits = wanted.every((word, index) => (word === 'NAME' ? parts[index] : parts[index] === word))
    if (!fits || wanted.length !== parts.length) return []
    const names = parts.filter((_, index) => wanted[index] === 'NAME')
    return { route, names: names.every(name => SLUG.test(name)) ? names : undefined }
  })
}
