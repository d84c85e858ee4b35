/** `npm run build`: the site as files, of our lessons or of somebody else's. */
import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { parseCommand, runCommand } from './command.ts'
import { callersFolder, ROOT } from './course/places.ts'
import { createStage, useTree } from './course/stage.ts'
import { StartError } from './start-error.ts'

const USAGE = `npm run build -- [options]
  --lessons DIR  a folder of lessons, in place of ours
  --with-ours    ours as well, behind them
  --out DIR      where the site is put (.vitepress/dist, which npm run docs -- --built serves); what is there goes
  --base PATH    where it will be served, such as /course/
  --help         print this`

const OPTIONS = {
  lessons: { type: 'string' },
  'with-ours': { type: 'boolean' },
  out: { type: 'string' },
  base: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const

async function main(args: string[]): Promise<void> {
  const { values, positionals } = parseCommand('build', args, OPTIONS)
  if (values.help) {
    console.log(USAGE)
    return
  }
  if (positionals.length > 0)
    throw new StartError(`unexpected ${positionals[0]}; npm run build -- --help lists the options`)
  const resolve = (given: string | undefined) => given && path.resolve(callersFolder(), given)
  const folder = resolve(values.lessons)
  if (values['with-ours'] && !folder) throw new StartError('--with-ours goes with --lessons DIR')
  const outDir = resolve(values.out)
  process.chdir(ROOT)
  process.env.NODE_ENV = 'production'
  const at = folder && path.join(await mkdtemp(path.join(os.tmpdir(), 'playground-build-')), 'tree')
  try {
    const stage =
      folder && at ? await createStage({ folder, withOurs: values['with-ours'] ?? false, at }) : undefined
    if (stage) useTree(stage.tree)
    const { build } = await import('vitepress')
    await build(ROOT, { outDir, base: values.base }).catch(error => {
      throw new Error(stage?.told(error.message) ?? error.message)
    })
  } finally {
    if (at) await rm(path.dirname(at), { recursive: true, force: true })
  }
}

await runCommand('build', main)
