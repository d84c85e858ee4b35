/** `npm run kit`: one archive with everything that a room without a network needs. */
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { cp, mkdir, mkdtemp, readdir, readFile, rename, rm, stat, symlink, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { parseCommand, runCommand } from '../command.ts'
import { readForeign } from '../course/foreign.ts'
import { callersFolder, ROOT } from '../course/places.ts'
import { debianPackages } from '../sandbox/debian-packages.ts'
import { LESSON_PROGRAMS } from '../sandbox/preflight.ts'
import { StartError } from '../start-error.ts'

const NAME = `one-port-kit-${process.arch}`
const USAGE = `npm run kit -- [options]
  --lessons DIR  a folder of lessons, in place of ours
  --with-ours    ours as well, behind them
  --out FILE     the archive (${NAME}.tar.gz)
  --no-debs      without Debian's packages of the programs that lessons call
  --help         print this
It packs what is committed, what is installed for this architecture, and the site as it is built now.`

const OPTIONS = {
  lessons: { type: 'string' },
  'with-ours': { type: 'boolean' },
  out: { type: 'string' },
  'no-debs': { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const

/** Of a package: what is for compilers, and what is installed within it. */
const LEFT_OUT = /(?:^|\/)node_modules$|^include$/
const FILES = path.join(import.meta.dirname, 'kit')
const run = promisify(execFile)

async function main(args: string[]): Promise<void> {
  const { values, positionals } = parseCommand('kit', args, OPTIONS)
  if (values.help) {
    console.log(USAGE)
    return
  }
  if (positionals.length > 0) throw new StartError(`unexpected ${positionals[0]}; npm run kit -- --help`)
  if (values['with-ours'] && !values.lessons) throw new StartError('--with-ours goes with --lessons DIR')
  const folder = values.lessons && path.resolve(callersFolder(), values.lessons)
  const out = path.resolve(callersFolder(), values.out ?? `${NAME}.tar.gz`)
  if (folder) await readForeign(folder, false)
  const head = await readHead()
  const base = await mkdtemp(path.join(os.tmpdir(), 'playground-kit-'))
  try {
    const kit = path.join(base, NAME)
    const project = path.join(kit, 'project')
    await mkdir(project, { recursive: true })
    say('the project as it is committed')
    const committed = path.join(base, 'project.tar')
    await run('git', ['-C', ROOT, 'archive', '-o', committed, head.commit])
    await run('tar', ['-C', project, '-xf', committed])
    say('what is installed')
    await copyPackages(project)
    say('the site')
    await buildSite(path.join(project, '.vitepress/dist'), folder, values['with-ours'] ?? false)
    if (folder) await cp(folder, path.join(kit, 'course'), { recursive: true, filter: isOfCourse })
    const debs = values['no-debs'] ? undefined : await fetchDebs(path.join(kit, 'debs'))
    await writeTop(kit, { withOurs: values['with-ours'] ?? false, debs })
    say('the archive')
    await mkdir(path.dirname(out), { recursive: true })
    await archive(base, `${out}.part`, head.date)
    await rename(`${out}.part`, out)
    const megabytes = Math.ceil((await stat(out)).size / 1e6)
    console.log(`${out}: ${megabytes} MB; unpack it, and read ${NAME}/README.md`)
  } finally {
    await rm(base, { recursive: true, force: true })
    await rm(`${out}.part`, { force: true })
  }
}

/** The same commit gives the same archive, as far as builds do. @throws {StartError} */
async function readHead(): Promise<{ commit: string; date: string }> {
  const { stdout } = await run('git', ['-C', ROOT, 'log', '-1', '--format=%H %ct']).catch(() => {
    throw new StartError(`${ROOT} is no clone of git, which says what belongs to the project; make one`)
  })
  const [commit = '', date = ''] = stdout.trim().split(' ')
  return { commit, date }
}

/** Those that `npm ci --omit=dev` would install here, as they lie there. */
async function copyPackages(project: string): Promise<void> {
  const lock = JSON.parse(await readFile(path.join(ROOT, 'package-lock.json'), 'utf8'))
  const packages = Object.entries<{ dev?: boolean }>(lock.packages)
  for (const [name, { dev }] of packages) {
    const from = path.join(ROOT, name)
    if (name === '' || dev || /-musl$/.test(name) || !existsSync(from)) continue
    // What is installed within a package is one of the others.
    const filter = (file: string) => file === from || !LEFT_OUT.test(path.relative(from, file))
    await cp(from, path.join(project, name), { recursive: true, verbatimSymlinks: true, filter })
  }
  const carrier = `node-${process.platform}-${process.arch}`
  if (!existsSync(path.join(project, 'node_modules', carrier)))
    throw new StartError(`the pinned Node is not installed; run: npm ci --include=optional`)
  await mkdir(path.join(project, 'node_modules/.bin'), { recursive: true })
  await symlink(`../${carrier}/bin/node`, path.join(project, 'node_modules/.bin/node'))
}

async function buildSite(at: string, folder: string | undefined, withOurs: boolean): Promise<void> {
  const whose = folder ? ['--lessons', folder, ...(withOurs ? ['--with-ours'] : [])] : []
  const start = path.join(ROOT, 'playground/start.mjs')
  await run(process.execPath, [start, './build.ts', ...whose, '--out', at]).catch(({ stderr }) => {
    throw new Error(`the site could not be built\n${stderr.trim()}`)
  })
}

/**
 * Of the programs that lessons call with all that these need, as if nothing was installed: a machine of the room may
 * lack any of it.
 *
 * @returns of which distribution they are; undefined where apt cannot get them, which is said
 */
async function fetchDebs(folder: string): Promise<string | undefined> {
  const cache = path.join(folder, 'cache')
  await mkdir(path.join(cache, 'partial'), { recursive: true })
  const options = {
    'Dir::State::status': '/dev/null',
    'Dir::Cache::archives': cache,
    'Debug::NoLocking': '1',
    // Another user could not write there.
    'APT::Sandbox::User': '',
  }
  const settings = Object.entries(options).flatMap(([name, value]) => ['-o', `${name}=${value}`])
  const packages = debianPackages(['bwrap', 'python3', ...LESSON_PROGRAMS])
  say(`Debian's packages: ${packages.join(' ')}`)
  try {
    const install = ['install', '-qq', '-y', '--no-install-recommends', '--download-only']
    await run('apt-get', [...settings, ...install, ...packages])
    for (const name of await readdir(cache))
      if (name.endsWith('.deb')) await rename(path.join(cache, name), path.join(folder, name))
    await rm(cache, { recursive: true })
    const release = await readFile('/etc/os-release', 'utf8')
    return /^PRETTY_NAME="?([^"\n]*)/m.exec(release)?.[1] ?? 'Debian'
  } catch (error) {
    await rm(folder, { recursive: true })
    const [why] = (error as Error & { stderr?: string }).stderr?.trim().split('\n') ?? []
    say(`without Debian's packages, as apt-get cannot get them: ${why || (error as Error).message}`)
    return undefined
  }
}

/** The two files on top, from what stands in the folder `kit` beside this one. */
async function writeTop(
  kit: string,
  { withOurs, debs }: { withOurs: boolean; debs?: string },
): Promise<void> {
  const start = (await readFile(path.join(FILES, 'start.sh'), 'utf8')).replace(
    ' WITH_OURS',
    withOurs ? ' --with-ours' : '',
  )
  await writeFile(path.join(kit, 'start'), start, { mode: 0o755 })
  const programs = debianPackages(['bwrap', 'python3', ...LESSON_PROGRAMS]).join(' ')
  const install = debs
    ? `These are in the folder \`debs\`, for ${debs} and this architecture. Without a network:\n\n    sudo dpkg -iGE debs/*.deb\n\nIt leaves alone what is newer on the machine. On another distribution install them from its own archive.`
    : `They are not in this kit. On Debian and Ubuntu, while there is a network:\n\n    sudo apt-get install ${programs}`
  const readme = (await readFile(path.join(FILES, 'README.md'), 'utf8'))
    .replace('ARCHITECTURE', process.arch)
    .replace('PROGRAMS', programs)
    .replace('INSTALL', install)
  await writeFile(path.join(kit, 'README.md'), readme)
}

/** In an order and with times that do not hang on when and where it was made. */
async function archive(base: string, out: string, date: string): Promise<void> {
  const same = ['--sort=name', `--mtime=@${date}`, '--owner=0', '--group=0', '--numeric-owner']
  await run('tar', ['-C', base, ...same, '--use-compress-program=gzip -n', '-cf', out, NAME])
}

/** Of a course nothing that is hidden or installed. */
function isOfCourse(file: string): boolean {
  return !/\/(?:\.[^/]*|node_modules)$/.test(file)
}

function say(what: string): void {
  console.error(`kit: ${what}`)
}

await runCommand('kit', main)
