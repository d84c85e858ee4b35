import { spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { expect, test } from 'vitest'
import { needsSandbox } from '../harness/needs.ts'

const ROOT = path.join(import.meta.dirname, '../..')

/** The command as npm runs it. @param around what runs it */
async function kernels(args: string[], around: string[] = []): Promise<{ status: number; text: string }> {
  const command = [process.execPath, 'playground/start.mjs', './../test/kernels/kernels.ts', ...args]
  const [program, ...rest] = [...around, ...command]
  const child = spawn(program!, rest, { cwd: ROOT })
  let text = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', chunk => (text += chunk))
  const [status] = await once(child, 'close')
  return { status, text }
}

test.each<[what: string, args: string[], line: RegExp]>([
  ['no name', [], /^kernels: which kernel: npm run kernels -- NAME, .* 5\.10, 6\.1, 6\.12, newest\n$/],
  ['a kernel that is none of them', ['4.19'], /^kernels: there is no kernel 4\.19: .* newest\n$/],
  ['a name that every object has', ['constructor'], /^kernels: there is no kernel constructor: .*\n$/],
  ['a lesson that is none', ['6.1', '99-x'], /^kernels: there is no lesson 99-x; .* 01-bind-conflict\n$/],
  ['a command that is not quoted', ['6.1', '--run', 'ls', '-l'], /^kernels: --run takes one command, .*\n$/],
  ['no command', ['6.1', '--run'], /^kernels: --run takes one command, .*\n$/],
])('%s: one line and status 2', async (_, args, line) => {
  const { status, text } = await kernels(args)
  expect(text).toMatch(line)
  expect(status).toBe(2)
})

test('what it needs and cannot find: one line with the command that installs it', async context => {
  await needsSandbox(context)
  const bare = ['bwrap', '--dev-bind', '/', '/', '--unshare-user', '--uid', '0', '--tmpfs', '/usr/sbin']
  const { status, text } = await kernels(['6.1'], bare)
  expect(text).toMatch(
    /^kernels: needs debootstrap, .*mkfs\.ext4, debugfs; install it with: sudo apt-get install debootstrap .*e2fsprogs\n$/,
  )
  expect(status).toBe(2)
})

test('as an ordinary user: one line', async context => {
  await needsSandbox(context)
  const ordinary = ['bwrap', '--dev-bind', '/', '/', '--unshare-user', '--uid', '1000']
  const { status, text } = await kernels(['6.1'], ordinary)
  expect(text).toBe('kernels: debootstrap needs root; use sudo\n')
  expect(status).toBe(2)
})
