/** The lessons hold in every kind of sandbox, and a machine that forbids one says what to do. */
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import net, { type AddressInfo } from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { expect, test } from 'vitest'
import { portsOf, takenPorts } from '../../playground/authoring/ports.ts'
import { parseLesson } from '../../playground/format/lesson.ts'
import { needsProgram, needsSandbox } from '../harness/needs.ts'

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
    ['playground/start.mjs', './authoring/verify.ts', 'docs/lessons/01-bind-conflict.md'],
    {
      PLAYGROUND_SANDBOX: kind,
    },
  )
  expect(out).toMatch(/\b0 failed, 0 skipped$/m)
  expect(status).toBe(0)
})

test.for(['127.0.0.1', '127.0.0.2', '::1'])(
  'without a sandbox, a port taken on %s is one line and exit 2',
  async (host, context) => {
    const folder = await mkdtemp(path.join(os.tmpdir(), 'playground-test-'))
    const server = net.createServer()
    const listening = await new Promise<boolean>(resolve => {
      server.once('error', () => resolve(false))
      server.listen(0, host, () => resolve(true))
    })
    if (!listening) context.skip('needs IPv6')
    const { port } = server.address() as AddressInfo
    try {
      const page = path.join(folder, 'page.md')
      await writeFile(page, `# X\n\n\`\`\`console\n$ ss -ltnH sport = :${port}\n\`\`\`\n`)
      const verify = ['playground/start.mjs', './authoring/verify.ts', page]
      const { status, out } = await run(process.execPath, verify, { PLAYGROUND_SANDBOX: 'none' })
      expect(out.trimEnd().split('\n')).toEqual([
        expect.stringMatching(new RegExp(`^verify: port ${port} is taken, .*ss -ltnp 'sport = :${port}'`)),
      ])
      expect(status).toBe(2)
      server.close()
      await once(server, 'close')
      expect(await takenPorts([port])).toEqual([])
    } finally {
      server.close()
      await rm(folder, { recursive: true })
    }
  },
)

test.each<[string, number[]]>([
  ['$ node server.ts --port 8081\nworker <_:pid> is listening on 127.0.0.1:8081', [8081]],
  ['$ python3 server.py --port=9000\nlistening on [::1]:9000 and *:9001', [9000, 9001]],
  ['$ ss -ltnpH sport = :8080\nLISTEN 0 <_:int> 127.0.0.1:8080 0.0.0.0:*', [8080]],
  ['$ curl localhost:8443\n...', [8443]],
  ['$ node x.ts\n    at listen (node:net:2416:8)\n12:30:0777\ntime:1234\n127.0.0.1:<_:port>\n:99999', []],
])('the ports of %j', (fence, ports) => {
  expect(portsOf(parseLesson(`# X\n\n\`\`\`console\n${fence}\n\`\`\`\n`, 'x.md'))).toEqual(ports)
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
