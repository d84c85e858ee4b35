/**
 * What editors read while somebody writes a `course.yaml` or a page's frontmatter is made from what the program itself
 * asks of them: `npx vitest run test/course/schemas.test.ts -u` writes it anew.
 */
import { toJsonSchema } from '@valibot/to-json-schema'
import { expect, test } from 'vitest'
import { FRONTMATTER } from '../../playground/authoring/page-problems.ts'
import { OUTLINE } from '../../playground/course/outline.ts'

test.each([
  ['course', OUTLINE],
  ['frontmatter', FRONTMATTER],
])('docs/public/schemas/%s.json is what is asked', async (name, schema) => {
  // What JSON Schema cannot say, as that a lesson stands once, the program still says.
  const made = toJsonSchema(schema, { errorMode: 'ignore' })
  expect(made).toHaveProperty('properties.title.type', 'string')
  await expect(`${JSON.stringify(made, null, 2)}\n`).toMatchFileSnapshot(
    `../../docs/public/schemas/${name}.json`,
  )
})
