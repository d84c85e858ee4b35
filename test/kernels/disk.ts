/** A disk with a Debian on it, made once and kept, and one with a checkout, made anew for each run. */
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  copyFile,
  mkdir,
  readdir,
  readFile,
  rename,
  rm,
  symlink,
  truncate,
  writeFile,
} from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { debianPackages } from '../../playground/sandbox/debian-packages.ts'
import { StartError } from '../../playground/start-error.ts'

export interface Disk {
  /** An ext4 file system, its root. */
  image: string
  kernel: string
  initrd: string
}

/** Where the checkout is inside. */
const CHECKOUT = '/srv/playground'
/** What runs there when the machine has started; it is below `CHECKOUT`. */
const WORK = 'work.sh'
/** The ordinary user. */
const USER = 'learner'

const SYSTEM = [
  ...['systemd-sysv', 'udev', 'dbus', 'libpam-systemd', 'kmod', 'linux-image-cloud-amd64'],
  ...['iproute2', 'procps', 'psmisc', 'git', 'curl', 'ca-certificates'],
]
/** Nothing else is started, no server of a package either: it would take ports, and processors. */
const UNIT = `[Unit]
Wants=basic.target systemd-logind.service
After=basic.target systemd-logind.service
SuccessAction=poweroff-force
FailureAction=poweroff-force

[Service]
Type=oneshot
WorkingDirectory=${CHECKOUT}
Environment=HOME=/root TERM=dumb PATH=${CHECKOUT}/node_modules/.bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
ExecStart=/bin/bash ${WORK}
Delegate=yes
`
export const UNIT_NAME = 'playground.service'
/** Sparse: they take what is on them. */
const SIZE = 4 * 1024 ** 3

const run = promisify(execFile)

/**
 * Takes some minutes the first time, and about 2 GB.
 *
 * @param suite Debian's name of a release: `trixie`
 * @param programs what the lessons call
 */
export async function openDisk(suite: string, programs: readonly string[]): Promise<Disk> {
  const packages = [...new Set([...SYSTEM, ...debianPackages(programs)])].sort()
  // All that is on it comes from this file, and from there.
  const recipe = createHash('sha256')
    .update(`${await readFile(import.meta.filename)} ${packages}`)
    .digest('hex')
    .slice(0, 10)
  const base = path.join(
    process.env.XDG_CACHE_HOME ?? path.join(os.homedir(), '.cache'),
    'reuseport-playground',
  )
  const folder = path.join(base, `${suite}-${recipe}`)
  const disk = {
    image: path.join(folder, 'disk.img'),
    kernel: path.join(folder, 'vmlinuz'),
    initrd: path.join(folder, 'initrd.img'),
  }
  const isThere = (await readdir(folder).catch(() => [])).length > 0
  if (isThere) return disk
  console.error(`kernels: making ${folder}; this is once`)
  const part = `${folder}.part`
  await rm(part, { recursive: true, force: true })
  await mkdir(part, { recursive: true })
  const root = path.join(part, 'root')
  await debootstrap(suite, root, packages)
  await furnish(root)
  for (const name of ['vmlinuz', 'initrd.img'])
    await copyFile(await newest(path.join(root, 'boot'), name), path.join(part, name))
  await makeImage(root, path.join(part, 'disk.img'))
  await rm(root, { recursive: true, force: true })
  // Whole, or not there.
  await rename(part, folder)
  return disk
}

/** @param command for bash; it runs in the checkout */
export async function packCheckout(root: string, image: string, command: string): Promise<void> {
  await makeImage(root, image)
  const script = `${image}.sh`
  await writeFile(script, `{ ${command}\n} 2>&1 | cat >/dev/ttyS0\n`)
  await run('debugfs', ['-w', '-R', `write ${script} ${WORK}`, image])
}

async function debootstrap(suite: string, root: string, packages: string[]): Promise<void> {
  const args = ['--variant=minbase', `--include=${packages.join(',')}`, suite, root]
  try {
    await run('debootstrap', args, { maxBuffer: 64 * 1024 ** 2 })
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string }
    const said = `${stdout}\n${stderr}`
      .trim()
      .split('\n')
      .findLast(line => /^[EW]: /.test(line))
    throw new StartError(`debootstrap could not make Debian ${suite}: ${said ?? (error as Error).message}`)
  }
}

async function furnish(root: string): Promise<void> {
  await run('chroot', [root, 'useradd', '--create-home', '--shell', '/bin/bash', USER])
  await mkdir(path.join(root, CHECKOUT))
  await writeFile(
    path.join(root, 'etc/fstab'),
    `/dev/vda / ext4 defaults 0 0\n/dev/vdb ${CHECKOUT} ext4 x-systemd.device-timeout=infinity 0 0\n`,
  )
  await writeFile(path.join(root, 'etc/systemd/system', UNIT_NAME), UNIT)
  // An emulated machine whose host is busy starts slowly, but it starts.
  const patience = path.join(root, 'etc/systemd/system.conf.d')
  await mkdir(patience, { recursive: true })
  await writeFile(path.join(patience, 'slow.conf'), '[Manager]\nDefaultTimeoutStartSec=infinity\n')
  // The console is the run's.
  await symlink('/dev/null', path.join(root, 'etc/systemd/system/serial-getty@ttyS0.service'))
}

async function newest(folder: string, name: string): Promise<string> {
  const files = (await readdir(folder)).filter(file => file.startsWith(`${name}-`))
  const last = files.sort((a, b) => a.localeCompare(b, 'en', { numeric: true })).at(-1)
  return path.join(folder, last ?? name)
}

async function makeImage(folder: string, image: string): Promise<void> {
  await writeFile(image, '')
  await truncate(image, SIZE)
  await run('mkfs.ext4', ['-q', '-F', '-d', folder, image])
}
