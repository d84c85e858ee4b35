/**
 * Who may import whom: the drawing in CONTRIBUTING.md is the rule, and is read from there. A room may import from
 * those that its arrows lead to, directly or through others; types count, too.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** What is in no room is an error, tests apart. */
const OURS = '^(?:playground|lessons|\\.vitepress|test)/'

const { places, arrows } = readDrawing(readFileSync(join(import.meta.dirname, 'CONTRIBUTING.md'), 'utf8'))

export default {
  forbidden: [
    ...Object.entries(places).map(([room, place]) => ({
      name: `arrows-of-${room}`,
      comment: `${room} may import from ${[...reachable(room)].join(', ') || 'no other room'}`,
      severity: 'error',
      from: { path: place },
      to: { path: OURS, pathNot: [room, ...reachable(room)].flatMap(name => places[name]) },
    })),
    {
      name: 'every-file-in-a-room',
      comment: 'draw the room and its arrows in CONTRIBUTING.md',
      severity: 'error',
      from: { path: OURS, pathNot: ['^test/', ...Object.values(places).flat()] },
      to: {},
    },
    {
      name: 'tests-by-room',
      comment: 'what the tests of several rooms need is in test/harness',
      severity: 'error',
      from: { path: '^test/([^/]+)/' },
      to: { path: '^test/', pathNot: '^test/($1|harness)/' },
    },
    {
      name: 'installed-for-use',
      comment: 'what the product imports is in dependencies: npm ci --omit=dev is enough',
      severity: 'error',
      from: { path: '^(?:playground|[.]vitepress)/' },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg'] },
    },
    {
      name: 'no-circle',
      comment: 'two files that need each other are one, or need a third',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
  ],
  options: {
    doNotFollow: 'node_modules',
    exclude: '^[.]vitepress/(dist|cache)/',
    tsPreCompilationDeps: true,
  },
}

/** Rooms that one's arrows lead to, directly or through others. */
function reachable(room, found = new Set()) {
  for (const [from, to] of arrows) {
    if (from !== room || found.has(to)) continue
    found.add(to)
    reachable(to, found)
  }
  return found
}

/** Where each room's files are, as patterns, and the arrows between rooms. */
function readDrawing(page) {
  const drawing = /```mermaid\n([\s\S]*?)```/.exec(page)?.[1] ?? ''
  const named = {}
  const unnamed = {}
  const arrows = []
  let folder = ''
  for (const line of drawing.split('\n').map(text => text.trim())) {
    if (line === 'end') folder = ''
    if (line.startsWith('subgraph ')) folder = `${/"(.*)"/.exec(line)[1]}/`
    const [from = [], to = []] = line.split(' --> ').map(side => side.match(/\w+(?:\["[^"]*"\])?/g))
    if (to.length === 0) continue
    const [ones, others] = [from, to].map(nodes =>
      nodes.map(node => {
        const [, room, files] = /(\w+)(?:\["(.*)"\])?/.exec(node)
        if (files) named[room] = files.split(', ').map(file => patternOf(folder + file))
        else unnamed[room] ??= [patternOf(folder + room)]
        return room
      }),
    )
    for (const one of ones) arrows.push(...others.map(other => [one, other]))
  }
  return { places: { ...unnamed, ...named }, arrows }
}

/** A folder with all that is in it, or files: `playground/format`, `playground/main.ts`, `.vitepress/*.ts`. */
function patternOf(file) {
  const pattern = file.replaceAll('.', '\\.').replaceAll('*', '[^/]+')
  return /\.\w+$|\*$/.test(file) ? `^${pattern}$` : `^${pattern}/`
}
