import { execFile } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import path from 'node:path'
import { promisify } from 'node:util'
import { expect, type TestContext, test } from 'vitest'
import { needsProgram } from '../harness/needs.ts'

const SCRIPT = path.join(import.meta.dirname, 'half-open.py')

function needsTun(context: TestContext): void {
  needsProgram(context, 'unshare', 'ip', 'python3')
  try {
    accessSync('/dev/net/tun', constants.R_OK | constants.W_OK)
  } catch {
    context.skip('needs /dev/net/tun, and root to open it: modprobe tun')
  }
}

test('a listener that closes resets half-open connections too, unless the kernel may move them', async context => {
  needsTun(context)
  const { stdout } = await promisify(execFile)('unshare', ['--net', 'python3', SCRIPT])
  expect(stdout.trim().split('\n')).toEqual([
    'migrate 0: 20 reset, 0 accepted by the other',
    'migrate 1: 0 reset, 20 accepted by the other',
  ])
}, 60_000)
