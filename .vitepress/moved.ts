import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type Course, movedLessons } from '../playground/course/course.ts'

/** A page at each old address of a lesson that leads to the new one: any host of files can serve it. */
export function writeMoved(course: Course, outDir: string): void {
  for (const [from, to] of movedLessons(course)) {
    const file = join(outDir, `${from}.html`)
    mkdirSync(dirname(file), { recursive: true })
    // Relative: the site may lie below any path.
    const now = to.slice(to.lastIndexOf('/') + 1)
    writeFileSync(
      file,
      `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>This lesson has moved</title>
<meta http-equiv="refresh" content="0; url=${now}">
<link rel="canonical" href="${now}">
<p>This lesson has moved: <a href="${now}">${now}</a></p>
`,
    )
  }
}
