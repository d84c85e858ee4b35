/** What lesson 19's scripts say to what they cannot use, and whether its manifests say what its page says of them. */
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, readlinkSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { type AddressInfo, connect, createServer } from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { text } from 'node:stream/consumers'
import { promisify } from 'node:util'
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { parseDocument } from 'yaml'
import { needsProgram, needsSandbox } from '../harness/needs.ts'
import { describeScripts } from '../harness/scripts.ts'

const FOLDER = 'lessons/19-containers'

describeScripts(FOLDER, {
  server: { numbers: ['--port'], listens: true },
  client: { numbers: ['--port', '--connections'], connects: true },
  publish: { numbers: ['--port'], listens: true },
})

describe('publish: the file of addresses', () => {
  let folder: string
  let port: string
  beforeAll(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'publish-'))
    for (const [name, text] of Object.entries({
      empty: '',
      words: '10.0.1.2:8080\nelsewhere\n',
      host: '10.0.1.256:8080\n',
      port: '10.0.1.2:99999\n',
    }))
      await writeFile(path.join(folder, name), text)
    port = await freePort()
  })
  afterAll(() => rm(folder, { recursive: true }))

  describe.each([
    ['node', 'publish.ts'],
    ['python3', 'publish.py'],
  ])('%s %s', (program, script) => {
    beforeEach(context => needsProgram(context, program))

    test.each([
      ['none', 'no such file'],
      ['empty', "not ''"],
      ['words', "not 'elsewhere'"],
      ['host', "not '10.0.1.256:8080'"],
      ['port', "not '10.0.1.2:99999'"],
    ])('%s', async (name, says) => {
      const args = ['--port', port, '--to', path.join(folder, name)]
      expectLine(
        await run(program === 'node' ? process.execPath : program, [script, ...args]),
        script,
        says,
        1,
      )
    })
  })
})

describe('the shell scripts', () => {
  const missing = '4194305'
  test.each([
    ['container.sh', [], 'which command', 2],
    ['cable.sh', [], 'a process id and a number', 2],
    ['cable.sh', ['1'], 'a process id and a number', 2],
    ['cable.sh', ['', '1'], 'a process id and a number', 2],
    ['cable.sh', ['1', ''], 'a process id and a number', 2],
    ['cable.sh', ['1', '1', '1'], 'a process id and a number', 2],
    ['cable.sh', ['-1', '1'], 'a process id and a number', 2],
    ['cable.sh', ['1', '256'], 'a process id and a number', 2],
    // More than Linux gives to any process.
    ['cable.sh', [missing, '1'], `no process ${missing}`, 1],
  ])('%s %j', async (script, args, says, status) => {
    expectLine(await run('sh', [script, ...args]), script, says, status)
  })
})

describe('the manifests', () => {
  test('deployment.yaml: an update starts a pod first, and ends one late', async () => {
    const deployment = await manifest('deployment.yaml')
    expect(deployment).toMatchObject({ apiVersion: 'apps/v1', kind: 'Deployment' })
    const { selector, strategy, template } = deployment.spec
    // No pod leaves before a new one is ready.
    expect(strategy.rollingUpdate).toEqual({ maxSurge: 1, maxUnavailable: 0 })
    expect(template.metadata.labels).toMatchObject(selector.matchLabels)
    const [container, ...others] = template.spec.containers
    expect(others).toEqual([])
    const { containerPort } = container.ports[0]
    expect(container.readinessProbe.tcpSocket.port).toBe(containerPort)
    // The hook is within the grace period, and leaves time for the drain.
    expect(container.lifecycle.preStop.sleep.seconds).toBe(5)
    expect(template.spec.terminationGracePeriodSeconds).toBe(30)
    // Each where Kubernetes looks for it: elsewhere it would be ignored, or refused.
    expect(Object.keys(template.spec)).toEqual(['terminationGracePeriodSeconds', 'containers'])
    expect(Object.keys(container)).toEqual(['name', 'image', 'args', 'ports', 'readinessProbe', 'lifecycle'])
    // Probe and Service come to the pod's address; a worker listens on 127.0.0.1 unless told otherwise.
    expect(container.args).toEqual(['--host', '0.0.0.0'])
  })

  test('service.yaml: it finds the pods of the Deployment, at their port', async () => {
    const service = await manifest('service.yaml')
    expect(service).toMatchObject({ apiVersion: 'v1', kind: 'Service' })
    const { template } = (await manifest('deployment.yaml')).spec
    expect(template.metadata.labels).toMatchObject(service.spec.selector)
    expect(service.spec.ports).toEqual([
      { port: 8080, targetPort: template.spec.containers[0].ports[0].containerPort },
    ])
  })

  test('pod.yaml: two containers of one image, as one user', async () => {
    const pod = await manifest('pod.yaml')
    expect(pod).toMatchObject({ apiVersion: 'v1', kind: 'Pod' })
    const { containers } = pod.spec
    expect(containers).toHaveLength(2)
    expect(new Set(containers.map(({ name }: { name: string }) => name)).size).toBe(2)
    expect(new Set(containers.map(({ image }: { image: string }) => image)).size).toBe(1)
    expect(JSON.stringify(pod)).not.toContain('runAsUser')
  })
})

describe('a queue and its heir', () => {
  const RESET = /Connection reset by peer/

  beforeEach(async context => {
    await needsSandbox(context)
    if (!existsSync('/proc/sys/net/ipv4/tcp_migrate_req')) context.skip('needs Linux 5.14: tcp_migrate_req')
  })

  // A worker is stopped, a connection waits in its queue, another worker listens, and the first one dies.
  const script = (heir: string) => `
    start() { "$@" node server.ts --host 0.0.0.0 > "$log" & until [ -s "$log" ]; do :; done; }
    ip link set lo up
    log=$1/old start sh container.sh; old=$(awk '{ print $2 }' "$1/old")
    sh cable.sh "$old" 1
    nsenter --net --target "$old" sysctl -q net.ipv4.tcp_migrate_req=1
    kill -STOP "$old"; exec 3<> /dev/tcp/10.0.1.2/8080
    until nsenter --net --target "$old" ss -ltnH | grep -q '^LISTEN *1 '; do :; done
    log=$1/new start ${heir}
    kill -9 "$old"; cat <&3`

  test.each([
    [
      'in the same pod: it is answered',
      'nsenter --net --target "$old"',
      { status: 0, out: /^worker \d+\n$/ },
    ],
    ['in another pod: it is reset', 'sh container.sh', { status: 1, out: /^$/ }],
  ])('%s', async (_, heir, { status, out }) => {
    const folder = await mkdtemp(path.join(os.tmpdir(), 'heir-'))
    onTestFinished(() => rm(folder, { recursive: true }))
    const [program, ...spaces] =
      'unshare --user --map-root-user --net --pid --mount-proc --fork --kill-child'.split(' ')
    const answer = await new Promise<{ status: number; out: string; error: string }>(resolve => {
      const args = [...spaces, 'bash', '--norc', '-c', script(heir), 'bash', folder]
      const PATH = `${path.dirname(process.execPath)}:${process.env.PATH}:/usr/sbin:/sbin`
      const options = { cwd: FOLDER, timeout: 30_000, env: { PATH, PYTHONDONTWRITEBYTECODE: '1' } }
      execFile(program!, args, options, (failure, out, error) =>
        resolve({ status: failure ? Number(failure.code) : 0, out, error }),
      )
    })
    expect(answer).toEqual({
      status,
      out: expect.stringMatching(out),
      error: status === 0 ? expect.not.stringMatching(RESET) : expect.stringMatching(RESET),
    })
  })
})

describe('the units', () => {
  const UNITS = '/run/systemd/system'
  const NAME = 'reuseport-playground-test'
  const instances = ['1', '2'].map(number => `${NAME}@${number}`)

  test('systemd holds a group on the host, and each worker has a network of its own', async context => {
    if (!existsSync(UNITS)) context.skip('needs systemd as process 1')
    if (process.getuid?.() !== 0)
      context.skip('needs root: systemd gives its private networks to no other user')
    const port = await freePort()
    const systemctl = (...args: string[]) => promisify(execFile)('systemctl', args)
    onTestFinished(async () => {
      await systemctl('stop', ...instances.flatMap(name => [`${name}.socket`, `${name}.service`]))
      await Promise.all(['socket', 'service'].map(kind => rm(`${UNITS}/${NAME}@.${kind}`)))
      await systemctl('daemon-reload')
    })
    for (const kind of ['socket', 'service']) {
      const unit = await readFile(path.join(FOLDER, `worker@.${kind}`), 'utf8')
      const own = unit
        .replace('127.0.0.1:8080', `127.0.0.1:${port}`)
        .replace('/usr/bin/env node /srv/worker', `${process.execPath} ${path.resolve(FOLDER)}`)
      expect(own).not.toBe(unit)
      await writeFile(`${UNITS}/${NAME}@.${kind}`, own)
    }
    await systemctl('daemon-reload')
    await systemctl('start', ...instances.map(name => `${name}.socket`))

    // All seen within 21 fresh connections, but for one run in a million; the first ones wait for their worker.
    const workers = new Set<string>()
    for (let i = 0; i < 21; i++) workers.add(await text(connect(Number(port), '127.0.0.1')))
    expect(workers.size).toBe(2)
    const pids = [...workers].map(answer => answer.trim().replace('worker ', ''))
    const networks = ['1', ...pids].map(pid => readlinkSync(`/proc/${pid}/ns/net`))
    expect(new Set(networks).size).toBe(3)
    const address = `0100007F:${Number(port).toString(16).toUpperCase().padStart(4, '0')} 00000000:0000 0A`
    const listeners = (pid: string) => readFileSync(`/proc/${pid}/net/tcp`, 'utf8').split(address).length - 1
    expect(['1', ...pids].map(listeners)).toEqual([2, 0, 0])
  }, 120_000)
})

// What Kubernetes takes; the tests above say what of it must be there.
// biome-ignore lint/suspicious/noExplicitAny: a document of any shape, each part of which is looked at
async function manifest(name: string): Promise<any> {
  const document = parseDocument(await readFile(path.join(FOLDER, name), 'utf8'))
  expect(document.errors).toEqual([])
  expect(document.warnings).toEqual([])
  return document.toJS()
}

interface Outcome {
  status: number
  error: string
}

async function freePort(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  return `${port}`
}

function run(program: string, [script, ...args]: string[]): Promise<Outcome> {
  return new Promise(resolve => {
    execFile(program, [path.join(FOLDER, script!), ...args], { timeout: 20_000 }, (failure, _out, error) =>
      resolve({ status: failure ? Number(failure.code) : 0, error }),
    )
  })
}

function expectLine({ status, error }: Outcome, script: string, says: string, expected: number): void {
  const lines = error.trim().split('\n')
  expect(lines).toHaveLength(1)
  expect(lines[0]).toMatch(new RegExp(`^${script}: `))
  expect(lines[0]!.toLowerCase()).toContain(says.toLowerCase())
  expect(status).toBe(expected)
}
