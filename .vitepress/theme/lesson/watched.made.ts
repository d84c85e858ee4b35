import type { Watched } from '../../../playground/course/watched.ts'

declare const data: Watched

export { data }
