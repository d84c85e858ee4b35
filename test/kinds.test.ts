/** The lessons hold in every kind of sandbox, and a machine that forbids one says what to do. */
import { execFile } from 'node:child_process'
import net from 'node:net'
import { expect, test } from 'vitest'
import { needsProgram, needsSandbox } from './needs.ts'

function run(
  file: string,
  args: string[],
  env: NodeJS.ProcessEnv = {},
): Promise<{ status: number; out: string }> {
  return new Promise(resolve =>
    execFile(file, args, { env: { ...process.env, NO_COLOR: '1', ...env } }, (error, out, complaint) =>
      resolve({ status: error ? Number(error.code) : 0, out: out + complaint }),
    ),
  )
}

function isFree(port: number): Promise<boolean> {
  return new Promise(resolve => {
    const server = net.createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}

test.for(['unshare', 'none'])('lesson 01 in kind %s', { timeout: 120_000 }, async (kind, context) => {
  await needsSandbox(context)
  needsProgram(context, 'ss', 'strace', 'python3')
  if (kind === 'none' && !(await isFree(8080))) context.skip('needs port 8080, which somebody has')
  const { status, out } = await run(
    process.execPath,
    ['playground/start.mjs', './verify.ts', 'docs/lessons/01-bind-conflict.md'],
    {
      PLAYGROUND_SANDBOX: kind,
    },
  )
  expect(out).toMatch(/\b0 failed, 0 skipped$/m)
  expect(status).toBe(0)
})

test('user namespaces forbidden: doctor names the lack, its cost and the one command that mends it', async context => {
  await needsSandbox(context)
  // The limit does not bind root.
  const ordinary =
    process.getuid?.() === 0 ? ['setpriv', '--reuid=65432', '--regid=65432', '--clear-groups', '--'] : []
  const readable = await run('env', [...ordinary, 'test', '-r', 'playground/start.mjs'])
  if (readable.status !== 0) context.skip('needs a clone that ordinary users can read')
  const forbid = 'echo 0 > /proc/sys/user/max_user_namespaces && exec "$0" playground/start.mjs ./doctor.ts'
  const { status, out } = await run('env', [
    ...ordinary,
    'unshare',
    '--user',
    '--map-root-user',
    'sh',
    '-c',
    forbid,
    process.execPath,
  ])
  expect(out).toMatch(
    /✗ sandbox +none\n +The terminals are plain shells.*\n +sudo sysctl user\.max_user_namespaces=10000\n/,
  )
  expect(status).toBe(1)
})

test('in a user namespace of one user, as in a rootless container, the best sandbox still starts', async context => {
  await needsSandbox(context)
  const { out } = await run('unshare', [
    '--user',
    '--map-root-user',
    process.execPath,
    'playground/start.mjs',
    './doctor.ts',
  ])
  expect(out).toMatch(/✓ sandbox +bwrap\n/)
})
