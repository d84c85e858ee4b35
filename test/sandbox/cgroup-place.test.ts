/** Where groups may be made, on hierarchies that a folder plays. */
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { findPlace, settingsOf } from '../../playground/sandbox/cgroup-place.ts'

const SCOPE = '/user.slice/user-1000.slice/user@1000.service/app.slice/run-1.scope'
let root: string

beforeEach(async () => {
  root = await mkdtemp(path.join(os.tmpdir(), 'playground test-'))
})

afterEach(() => rm(root, { recursive: true, force: true }))

/** A process whose `mountinfo` and `cgroup` say this; `ROOT` stands for the folder. @returns its folder */
async function self(mounts: string[], membership: string[]): Promise<string> {
  const point = root.replaceAll(' ', '\\040')
  const folder = path.join(root, 'self')
  await mkdir(folder)
  await writeFile(path.join(folder, 'mountinfo'), `${mounts.join('\n').replaceAll('ROOT', point)}\n`)
  await writeFile(path.join(folder, 'cgroup'), `${membership.join('\n')}\n`)
  return folder
}

async function group(name: string, files: Record<string, string | number>): Promise<string> {
  const folder = path.join(root, name)
  await mkdir(folder, { recursive: true })
  for (const [file, text] of Object.entries(files)) await writeFile(path.join(folder, file), `${text}\n`)
  return folder
}

const UNIFIED = ['29 28 0:26 / ROOT rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate']
const delegated = (members: string | number) => ({
  'cgroup.controllers': 'cpu io memory pids',
  'cgroup.subtree_control': '',
  'cgroup.type': 'domain',
  'cgroup.procs': members,
})

test('version 2: a group that holds this job alone is divided', async () => {
  const folder = await group(SCOPE, delegated(process.pid))
  expect(await findPlace(await self(UNIFIED, [`0::${SCOPE}`]))).toEqual({
    version: 2,
    bases: [{ folder, controllers: ['memory', 'pids', 'cpu'] }],
    occupied: true,
  })
})

test('version 2: a group with programs of others is left alone, and the mend is said', async () => {
  for (const stranger of [1, 0]) {
    await group(SCOPE, delegated(`${process.pid}\n${stranger}`))
    const found = await findPlace(await self(UNIFIED, [`0::${SCOPE}`]))
    expect(found).toEqual({
      unbounded: 'Its cgroup holds other programs too, and then cannot be divided.',
      mend: expect.stringMatching(
        /^systemd-run (--user )?--scope --property=Delegate=yes npm run docs$/,
      ) as string,
    })
    await rm(path.join(root, 'self'), { recursive: true })
  }
})

test('version 2: who is in a leaf already makes groups beside it', async () => {
  const folder = await group(SCOPE, delegated(''))
  const leaf = `${SCOPE}/reuseport-playground.4026531836-77-1234.server`
  await group(leaf, delegated(process.pid))
  expect(await findPlace(await self(UNIFIED, [`0::${leaf}`]))).toEqual({
    version: 2,
    bases: [{ folder, controllers: ['memory', 'pids', 'cpu'] }],
    occupied: false,
  })
})

test('version 2: the root is exempt, and cpu is not needed', async () => {
  const { 'cgroup.type': _, ...files } = delegated('1\n2')
  const folder = await group('.', { ...files, 'cgroup.controllers': 'memory pids' })
  expect(await findPlace(await self(UNIFIED, ['0::/']))).toEqual({
    version: 2,
    bases: [{ folder, controllers: ['memory', 'pids'] }],
    occupied: false,
  })
})

test('version 2: a group without controllers bounds nothing', async () => {
  await group(SCOPE, { ...delegated(process.pid), 'cgroup.controllers': 'cpu' })
  expect(await findPlace(await self(UNIFIED, [`0::${SCOPE}`]))).toMatchObject({
    unbounded: 'The cgroup of this process has no memory and pids controllers.',
  })
})

test('version 2: a group of somebody else is refused by its rights', async context => {
  if (process.getuid?.() === 0) context.skip('root may write everywhere')
  const folder = await group(SCOPE, delegated(process.pid))
  await chmod(folder, 0o555)
  expect(await findPlace(await self(UNIFIED, [`0::${SCOPE}`]))).toMatchObject({
    unbounded: 'This user may not make groups in its cgroup: EACCES.',
  })
  await chmod(folder, 0o755)
})

const HYBRID = [
  '30 29 0:27 / ROOT/unified rw - cgroup2 cgroup rw',
  '31 29 0:28 / ROOT/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct',
  '32 29 0:29 /docker/1 ROOT/memory rw - cgroup cgroup rw,memory',
  '33 29 0:30 / ROOT/pids rw - cgroup cgroup rw,pids',
]
const IN_DOCKER = ['12:pids:/', '5:memory:/docker/1/inner', '4:cpu,cpuacct:/app', '0::/']

test('version 1: each controller has a folder of its own, below what a container sees', async () => {
  await group('unified', { 'cgroup.controllers': 'hugetlb', 'cgroup.procs': process.pid })
  const memory = await group('memory/inner', {})
  const pids = await group('pids', {})
  const cpu = await group('cpu,cpuacct/app', {})
  expect(await findPlace(await self(HYBRID, IN_DOCKER))).toEqual({
    version: 1,
    bases: [
      { folder: memory, controllers: ['memory'] },
      { folder: pids, controllers: ['pids'] },
      { folder: cpu, controllers: ['cpu'] },
    ],
  })
})

test('a group out of view is none', async () => {
  await group('memory', {})
  await group('pids', {})
  for (const memory of ['/docker/2', '/../other']) {
    const found = await findPlace(await self(HYBRID, ['12:pids:/', `5:memory:${memory}`]))
    expect(found).toHaveProperty('unbounded')
    await rm(path.join(root, 'self'), { recursive: true })
  }
})

test('no cgroups at all', async () => {
  expect(await findPlace(await self(['1 0 8:1 / / rw - ext4 /dev/sda1 rw'], []))).toHaveProperty('unbounded')
})

test('what a new group is told', () => {
  const limits = { memory: 1024, processes: 7 }
  expect(
    settingsOf(2, { folder: '', controllers: ['memory', 'pids', 'cpu'] }, limits).map(
      ({ file, value }) => `${file}=${value}`,
    ),
  ).toEqual(['memory.max=1024', 'memory.swap.max=0', 'pids.max=7', 'cpu.weight=100'])
  expect(
    settingsOf(1, { folder: '', controllers: ['memory'] }, limits).map(
      ({ file, value }) => `${file}=${value}`,
    ),
  ).toEqual(['memory.limit_in_bytes=1024', 'memory.memsw.limit_in_bytes=1024'])
})
