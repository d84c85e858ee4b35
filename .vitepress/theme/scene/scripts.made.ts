import path from 'node:path'
import { ROOT } from '../../../playground/course/places.ts'
import { listCourseScripts } from '../../../playground/course/scripts.ts'

declare const data: string[]

export { data }

/** Scripts that the playground can copy: of the course that its scenes are made of. */
export function makeScripts(): string[] {
  return listCourseScripts(path.join(ROOT, 'lessons'))
}
