import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'

/** A house of its own, with the rules of ours. */
let house: string
beforeAll(async () => {
  house = await mkdtemp(path.join(tmpdir(), 'house-'))
  for (const file of ['.dependency-cruiser.mjs', 'CONTRIBUTING.md', 'package.json'])
    await cp(file, path.join(house, file))
  await symlink(path.resolve('node_modules'), path.join(house, 'node_modules'))
})
afterAll(() => rm(house, { recursive: true }))

/** The rules that files with these imports break, by file. */
async function brokenBy(imports: Record<string, string[]>): Promise<string[]> {
  for (const folder of ['playground', '.vitepress', 'lessons', 'test']) {
    await rm(path.join(house, folder), { recursive: true, force: true })
    await mkdir(path.join(house, folder))
  }
  const all = new Map<string, string[]>([
    ...Object.values(imports)
      .flat()
      .filter(isFile)
      .map(file => [file, []] as [string, string[]]),
    ...Object.entries(imports),
  ])
  for (const [file, others] of all) {
    await mkdir(path.dirname(path.join(house, file)), { recursive: true })
    const lines = others.map(
      other => `import type {} from '${isFile(other) ? wayFrom(path.dirname(file), other) : other}'`,
    )
    const text = `${lines.join('\n')}\nexport {}\n`
    const isComponent = file.endsWith('.vue')
    await writeFile(path.join(house, file), isComponent ? `<script lang="ts">\n${text}</script>\n` : text)
  }
  const cruiser = path.resolve('node_modules/dependency-cruiser/bin/dependency-cruise.mjs')
  const cruise = [cruiser, '--output-type', 'json', 'playground', '.vitepress', 'lessons', 'test']
  const { stdout } = await promisify(execFile)(process.execPath, cruise, { cwd: house }).catch(error => error)
  const { violations } = JSON.parse(stdout).summary
  return violations.map(({ rule, from, to }: { rule: { name: string }; from: string; to: string }) => {
    return `${rule.name}: ${from} → ${to}`
  })
}

/** Or a package. */
const isFile = (name: string) => path.extname(name) !== ''
const wayFrom = (folder: string, file: string) => path.relative(folder, file).replace(/^(?!\.)/, './')

test('arrows that are drawn may be gone, through other rooms as well', async () => {
  const imports = {
    'playground/main.ts': ['playground/server/server.ts'],
    'playground/server/server.ts': ['playground/workbench/seat.ts', 'playground/protocol.ts', 'ws', 'sirv'],
    'playground/authoring/verify.ts': ['playground/sandbox/sandbox.ts', 'playground/format/lesson.ts'],
    '.vitepress/theme/lesson/steps.ts': [
      'playground/format/lesson.ts',
      '.vitepress/theme/ui/place.ts',
      'vue',
    ],
    'lessons/01-a/checks.ts': ['playground/check-kit.ts'],
    'test/runner/a.test.ts': [
      'playground/runner/runner.ts',
      'test/harness/needs.ts',
      'test/runner/b.ts',
      'vitest',
    ],
  }
  expect(await brokenBy(imports)).toEqual([])
})

test('every other arrow is refused, and every circle, of types as well', async () => {
  const wrong = [
    ['playground/format/lesson.ts', 'playground/start-error.ts', 'arrows-of-format'],
    ['playground/runner/runner.ts', 'playground/workbench/checks.ts', 'arrows-of-runner'],
    ['playground/terminal/pane.ts', 'playground/machine/reader.ts', 'arrows-of-terminal'],
    ['playground/workbench/seat.ts', 'playground/server/server.ts', 'arrows-of-workbench'],
    ['playground/protocol.ts', 'playground/format/lesson.ts', 'arrows-of-common'],
    ['playground/server/server.ts', 'playground/authoring/verify.ts', 'arrows-of-server'],
    ['.vitepress/theme/workbench/Pane.vue', 'playground/terminal/pane.ts', 'arrows-of-panes'],
    ['.vitepress/theme/ui/place.ts', '.vitepress/theme/lesson/steps.ts', 'arrows-of-ui'],
    ['lessons/01-a/checks.ts', 'playground/machine/reader.ts', 'arrows-of-scripts'],
    ['playground/main.ts', 'test/harness/client.ts', 'arrows-of-main'],
    ['playground/attic/box.ts', 'playground/protocol.ts', 'every-file-in-a-room'],
    ['test/runner/a.test.ts', 'test/format/b.ts', 'tests-by-room'],
    ['playground/sandbox/a.ts', 'playground/sandbox/b.ts', 'no-circle'],
  ] as const
  const imports = Object.fromEntries(wrong.map(([from, to]) => [from, [to]]))
  const broken = await brokenBy({ ...imports, 'playground/sandbox/b.ts': ['playground/sandbox/a.ts'] })
  expect(broken.sort()).toEqual(wrong.map(([from, to, rule]) => `${rule}: ${from} → ${to}`).sort())
})

test('what the product imports is in dependencies, of types as well', async () => {
  const imports = {
    'playground/server/server.ts': ['fast-check'],
    '.vitepress/theme/workbench/Pane.vue': ['fast-check'],
    'playground/terminal/pane.ts': ['rolldown'],
  }
  const broken = (await brokenBy(imports)).map(said => said.replace(/ → .*/, ''))
  expect(broken.sort()).toEqual(
    Object.keys(imports)
      .map(file => `installed-for-use: ${file}`)
      .sort(),
  )
})

test('every folder is in the drawing, and every room of it is there', async () => {
  const config = path.resolve('.dependency-cruiser.mjs')
  const rules: { forbidden: { name: string; from: { path: string[] } }[] } = (await import(config)).default
  const places = rules.forbidden
    .filter(({ name }) => name.startsWith('arrows-of-'))
    .flatMap(({ from }) => from.path)
  const files = await Promise.all(
    ['playground', '.vitepress', 'lessons'].map(folder =>
      readdir(folder, { recursive: true, withFileTypes: true }),
    ),
  )
  const names = files
    .flat()
    .filter(entry => entry.isFile())
    .map(({ parentPath, name }) => path.join(parentPath, name))
  expect(places.filter(place => !names.some(name => new RegExp(place).test(name)))).toEqual([])
})

test('README names every folder at the top', async () => {
  const readme = await readFile('README.md', 'utf8')
  const rows = [...readme.matchAll(/^\| `([^/`]+)\//gm)].map(([, folder]) => folder)
  const entries = await readdir('.', { withFileTypes: true })
  const folders = entries.filter(entry => entry.isDirectory()).map(({ name }) => name)
  const ours = folders.filter(name => !['node_modules', '.git', '.ci', '.github', 'output'].includes(name))
  expect([...new Set(rows)].sort()).toEqual(ours.sort())
})
