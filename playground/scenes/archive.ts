/** A scene to be taken along: its files, and a README that says how to run them without this product. */
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { packTar } from 'modern-tar'
import { type Play, SCENES } from '../format/scene.ts'
import { readFiles } from '../workbench/files.ts'
import type { Moment } from './journal.ts'
import { fenced } from './transcript-of.ts'

/** Of all files together, bytes. */
export const MAX_ARCHIVE = 4 * 1024 * 1024
/** Commands that the README repeats. */
const MAX_COMMANDS = 40

/** @returns a gzipped tar with one folder in it, named as the scene */
export async function packScene(
  workspace: string,
  play: Play,
  moments: readonly Moment[],
  transcript: string,
): Promise<Uint8Array> {
  const { files, left } = await readFiles(workspace, MAX_ARCHIVE)
  const ours = new Map([
    ['README.md', readmeOf(play, moments, left)],
    ['transcript.md', transcript],
    // Else Node would have to find out that they are modules.
    ['package.json', '{ "type": "module" }\n'],
  ])
  const all = [
    ...ours,
    ...files.filter(({ path }) => !ours.has(path)).map(({ path, text }) => [path, text] as const),
  ]
  const tar = await packTar(
    all.map(([name, text]) => {
      const body = Buffer.from(text)
      return {
        header: { name: `${play.scene}/${name}`, size: body.length, mode: 0o644, mtime: new Date() },
        body,
      }
    }),
  )
  return promisify(gzip)(tar)
}

function readmeOf({ scene }: Play, moments: readonly Moment[], left: readonly string[]): string {
  const { title, about, question } = SCENES[scene]
  const deeds = moments.filter(({ kind }) => kind === 'begin').map(({ deed }) => deed)
  return [
    `# ${title}`,
    `${about} ${question}`,
    'Everything here runs by itself, on Linux:',
    [
      '- Node 22.18 or newer, which runs TypeScript as it is (`node --version`), or Python 3.9 or newer for what ends in `.py`. No package is needed to serve and to send requests; `steer.ts` alone needs `npm install koffi@3`.',
      '- Port 8080 must be free: here the scripts share it with all other programs of your machine.',
      '- `sysctl -w` needs root, and changes the whole machine.',
    ].join('\n'),
    '## What was done',
    'In this order, each line in the terminal of that name. Where a number of a process stands, use one that the server has printed on your machine.',
    ...deeds.slice(0, MAX_COMMANDS).map(({ pane, command }) => `In **${pane}**:\n\n${fenced('sh', command)}`),
    ...(deeds.length > MAX_COMMANDS ? [`And ${deeds.length - MAX_COMMANDS} more: see transcript.md.`] : []),
    '`transcript.md` has the same as fences of a lesson: commands, and what they printed.',
    ...(left.length > 0
      ? [`Left out, for they are no text or too large: ${left.slice(0, 20).join(', ')}.`]
      : []),
    '',
  ].join('\n\n')
}
