/**
 * `npm run kernels -- NAME`: runs all lessons on another kernel, with another Debian around it, in a virtual machine
 * of QEMU's, and keeps the report for the page of claims. The machine is emulated where KVM does not start, and ten
 * times as slow: so `verify --slow`.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { access, constants, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { jsonText, type PageReport, type Report, rowsOf } from '../../playground/authoring/report.ts'
import { countsText } from '../../playground/authoring/report-text.ts'
import { readLesson } from '../../playground/course/pages.ts'
import { ownPages, ROOT } from '../../playground/course/places.ts'
import { parseRequirement } from '../../playground/format/requirement.ts'
import { installCommand } from '../../playground/sandbox/debian-packages.ts'
import { findProgram, LESSON_PROGRAMS } from '../../playground/sandbox/preflight.ts'
import { StartError } from '../../playground/start-error.ts'
import { type Disk, openDisk, packCheckout, UNIT_NAME } from './disk.ts'

/** The Debian that comes with it. `newest` is Debian's own newest. */
const SUITES: Record<string, string> = {
  '5.10': 'bullseye',
  '6.1': 'bookworm',
  '6.12': 'trixie',
  newest: 'sid',
}
const NAMES = Object.keys(SUITES).join(', ')

const USAGE = `npm run kernels -- NAME [PAGES]
npm run kernels -- NAME --run COMMAND
  NAME     one of ${NAMES}
  PAGES    lessons by their names, such as 09-fault-tolerance; none: all
  COMMAND  for bash, run in the checkout there; node is on PATH, npm is not
What came of the pages is kept in docs/kernels/NAME.json. It ends with what verify, or the command, has ended with.`

const PROGRAMS = ['debootstrap', 'qemu-system-x86_64', 'mkfs.ext4', 'debugfs']
/** Milliseconds. */
const LIMIT = 40 * 60_000
/** How much slower than usual an emulated machine may be. */
const SLOW = 10
/** Two processors and 3 GiB. */
const MACHINE = '-accel tcg,thread=multi -cpu max -smp 2 -m 3072 -nodefaults -display none -no-reboot'
/** Without the mends for processors that leak: each costs an emulated one a lot. */
const BOOT = `root=/dev/vda rw console=ttyS0 quiet panic=-1 mitigations=off systemd.show_status=0 systemd.unit=${UNIT_NAME}`

try {
  process.exitCode = await main(process.argv.slice(2))
} catch (error) {
  if (!(error instanceof StartError)) throw error
  console.error(`kernels: ${error.message}`)
  process.exitCode = 2
}

async function main(args: string[]): Promise<number> {
  const [name = '', ...rest] = args
  if (name === '--help') {
    console.log(USAGE)
    return 0
  }
  const suite = Object.hasOwn(SUITES, name) ? SUITES[name] : undefined
  if (!suite) {
    const what = name ? `there is no kernel ${name}` : 'which kernel'
    throw new StartError(`${what}: npm run kernels -- NAME, with one of ${NAMES}`)
  }
  const command = rest[0] === '--run' ? rest[1] : undefined
  if (rest[0] === '--run' && (!command || rest.length > 2))
    throw new StartError("--run takes one command, in quotes: npm run kernels -- NAME --run 'uname -a'")
  const pages = command ? [] : await findPages(rest)
  await assertAble()
  const disk = await openDisk(suite, await lessonPrograms())
  const work = await mkdtemp(path.join(os.tmpdir(), 'playground-kernels-'))
  try {
    const checkout = path.join(work, 'checkout.img')
    const results = path.join(work, 'results')
    await packCheckout(ROOT, checkout, command ? `${command}\n${tell('$?')}` : verifyAll(pages))
    const isOver = await boot(disk, checkout, results)
    const told = (await readFile(results, 'utf8').catch(() => '')).split('\n').filter(line => line.trim())
    const status = command
      ? Number(told[0] ?? Number.NaN)
      : await keep(
          name,
          told.map(line => JSON.parse(line)),
        )
    if (!isOver) throw new StartError(`${name} took longer than ${LIMIT / 60_000} minutes, and was ended`)
    if (Number.isNaN(status)) throw new StartError(`${name} ended before its run did: see what it printed`)
    if (!command && told.length < pages.length) return 2
    return status
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

/** @throws {StartError} */
async function findPages(names: string[]): Promise<string[]> {
  const all = (await ownPages()).map(file => path.basename(file, '.md'))
  const unknown = names.find(name => !all.includes(name))
  if (unknown !== undefined)
    throw new StartError(`there is no lesson ${unknown}; give its name, such as ${all[0]}`)
  return names.length > 0 ? names : all
}

/** As many pages at once as there are processors, each by itself: what one has come to is told when it ends. */
function verifyAll(pages: string[]): string {
  const start = 'node playground/start.mjs'
  const options = `--slow ${SLOW} --reporter json --output "/tmp/$1.json"`
  return `${start} ./doctor.ts
proof() {
  ${start} ./authoring/verify.ts ${options} "docs/lessons/$1.md" >"/tmp/$1.log" 2>&1
  (
    flock 3
    cat "/tmp/$1.log"
    ${tell(`$(tr -d '\\n' <"/tmp/$1.json")`)}
  ) 3>>/tmp/told
}
export -f proof
printf '%s\\n' ${pages.join(' ')} | xargs -P "$(nproc)" -I PAGE bash -c 'proof PAGE'`
}

/** To who waits outside, one line. */
function tell(word: string): string {
  return `echo "${word}" >/dev/ttyS1`
}

/** Puts the pages of these reports in the place of what was kept of them. @returns what `verify` ends with */
async function keep(name: string, reports: Report[]): Promise<number> {
  const pages = reports.flatMap(({ pages }) => pages)
  const last = reports.at(-1)
  if (!last) return Number.NaN
  const folder = path.join(ROOT, 'docs/kernels')
  const file = path.join(folder, `${name}.json`)
  const kept: Report | undefined = await readFile(file, 'utf8').then(JSON.parse, () => undefined)
  const isNew = ({ file }: PageReport) => pages.some(page => page.file === file)
  const others = kept?.kernel === last.kernel ? kept.pages.filter(page => !isNew(page)) : []
  const all = [...others, ...pages].sort((a, b) => a.file.localeCompare(b.file))
  const status = Math.max(...reports.map(({ status }) => status))
  await mkdir(folder, { recursive: true })
  await writeFile(
    file,
    jsonText({ ...last, ok: all.every(isTrue), status: all.every(isTrue) ? 0 : 1, pages: all }),
  )
  console.log(countsText(pages))
  return status
}

function isTrue(page: PageReport): boolean {
  return rowsOf(page).every(({ state }) => state !== 'failed' && state !== 'unreached')
}

/** @throws {StartError} */
async function assertAble(): Promise<void> {
  if (process.platform !== 'linux' || process.arch !== 'x64')
    throw new StartError('this needs Linux on x86-64')
  if (process.getuid?.() !== 0) throw new StartError('debootstrap needs root; use sudo')
  const found = await Promise.all(PROGRAMS.map(program => findProgram(program)))
  const missing = PROGRAMS.filter((_, index) => !found[index])
  if (missing.length > 0)
    throw new StartError(`needs ${missing.join(', ')}; install it with: ${installCommand(missing)}`)
}

/** What the lessons call, as far as Debian has a package for it. */
async function lessonPrograms(): Promise<string[]> {
  const lessons = await Promise.all((await ownPages()).map(page => readLesson(page)))
  const words = lessons.flatMap(({ transcripts }) => transcripts.flatMap(({ requires }) => requires))
  const named = words.flatMap(word => {
    const requirement = parseRequirement(word)
    return requirement?.kind === 'program' ? requirement.program : []
  })
  return ['bwrap', 'python3', ...LESSON_PROGRAMS, ...named]
}

/** Debian's kernels need a processor that does it; where it does not, `kvm_pvm` has a `/dev/kvm` too. */
async function canVirtualize(): Promise<boolean> {
  try {
    await access('/dev/kvm', constants.R_OK | constants.W_OK)
    return /^flags\s*:.*\s(vmx|svm)\s/m.test(await readFile('/proc/cpuinfo', 'utf8'))
  } catch {
    return false
  }
}

/** Starts the machine, and shows what the run prints; resolves with whether it has ended by itself. */
async function boot({ image, kernel, initrd }: Disk, checkout: string, results: string): Promise<boolean> {
  const isReal = await canVirtualize()
  const drive = (file: string, more = '') => ['-drive', `file=${file},format=raw,if=virtio${more}`]
  const args = [
    // The first that starts is taken.
    ...(isReal ? ['-accel', 'kvm'] : []),
    ...MACHINE.split(' '),
    ...['-serial', 'stdio', '-serial', `file:${results}`],
    ...['-kernel', kernel, '-initrd', initrd, '-append', BOOT],
    ...drive(image, ',snapshot=on'),
    ...drive(checkout),
  ]
  const machine = spawn('qemu-system-x86_64', args, { stdio: ['ignore', 'inherit', 'inherit'] })
  // The machine hears Ctrl-C as well; what is open here is closed first.
  const stop = () => machine.kill()
  process.once('SIGINT', stop).once('SIGTERM', stop)
  let isLate = false
  const timer = setTimeout(() => {
    isLate = true
    stop()
  }, LIMIT)
  await once(machine, 'exit')
  clearTimeout(timer)
  return !isLate
}
