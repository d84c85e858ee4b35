import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { writeMoved } from '../../.vitepress/moved.ts'
import { movedLessons, readCourse } from '../../playground/course/course.ts'
import { ROOT } from '../../playground/course/places.ts'

test('what is built has a page at each old address that leads to the new one, below any path', () => {
  const course = readCourse(ROOT)
  const dist = mkdtempSync(join(tmpdir(), 'moved-'))
  onTestFinished(() => rmSync(dist, { recursive: true }))
  writeMoved(course, dist)
  for (const [from, to] of movedLessons(course)) {
    const page = readFileSync(join(dist, `${from}.html`), 'utf8')
    const [, now] = /http-equiv="refresh" content="0; url=([^"]+)"/.exec(page)!
    expect(new URL(now!, `https://example.org/below${from}`).pathname).toBe(`/below${to}`)
  }
})
