import { once } from 'node:events'
import { mkdtemp, readdir, readFile, readlink, rm } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { needsProgram } from '../harness/needs.ts'
import { freePort, OWN_HOST } from '../harness/own-address.ts'
import { isAlive, testBadInput, useRunning } from '../harness/scripts.ts'

const FOLDER = path.resolve('lessons/12-shared-state')
const LANGUAGES = { ts: process.execPath, py: 'python3' } as const
const BAD_INPUT = [
  ['server', '--no-such-option'],
  ['server', '--port', '0'],
  ['server', '--port', '65536'],
  ['server', '--owner', 'nobody'],
  ['client', '--no-such-option'],
  ['client', '--port', '65536'],
  ['client', '--connections', '0'],
  ['race', '--no-such-option'],
  ['race', '--times', '0'],
  ['race', '--how', 'update'],
  ['lock', '--times', '0'],
  ['append', '--times', 'many'],
  ['database', '--times', '100001'],
  ['database', '--how', 'insert'],
]

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'scripts-12-'))
})
const begin = useRunning()
afterEach(async () => {
  await rm(folder, { recursive: true })
})

for (const [lang, program] of Object.entries(LANGUAGES)) {
  const run = (script: string, ...options: string[]) => {
    const file = path.join(FOLDER, `${script}.${lang}`)
    return begin(program, [file, ...options], { cwd: folder })
  }

  describe(lang, () => {
    beforeEach(context => needsProgram(context, 'python3'))

    testBadInput(FOLDER, lang, BAD_INPUT)

    test('nobody listens: one line, status 1', async () => {
      const child = run('client', '--port', '1')
      const [errors, [status]] = await Promise.all([text(child.stderr!), once(child, 'exit')])
      expect(status).toBe(1)
      expect(errors).toMatch(/^client\.(ts|py): .*(ECONNREFUSED|refused).*\n$/)
    })

    test('a taken port: the kernel’s error, and the parent ends with 1', async () => {
      const other = createServer().listen(0, '127.0.0.1')
      await once(other, 'listening')
      const { port } = other.address() as { port: number }
      const child = run('server', '--port', `${port}`)
      const [errors, [status]] = await Promise.all([text(child.stderr!), once(child, 'exit')])
      other.close()
      expect(status).toBe(1)
      expect(errors).toContain('ddress already in use')
    })

    test('the workers end when the parent is killed', async () => {
      const { parent, workers } = await start()
      parent.kill('SIGKILL')
      await once(parent, 'exit')
      await expect.poll(() => workers.filter(isAlive)).toEqual([])
    })

    test('an owner goes on when a worker dies that has asked for a number', async () => {
      const { parent, port, workers } = await start('--owner', 'parent')
      parent.kill('SIGSTOP')
      const client = connect(port, OWN_HOST).on('error', () => {})
      await once(client, 'connect')
      let asking: number | undefined
      await expect
        .poll(async () => {
          const [inode] = await inodesOf(port, client.localPort!)
          const held = await Promise.all(workers.map(pid => holds(pid, inode)))
          asking = workers[held.indexOf(true)]
          return asking
        })
        .toBeDefined()
      process.kill(asking!, 'SIGKILL')
      await expect.poll(async () => (await inodesOf(port, 0)).length).toBe(1)
      parent.kill('SIGCONT')
      const other = workers.find(pid => pid !== asking)
      expect(await text(connect(port, OWN_HOST))).toMatch(`worker ${other} `)
      client.destroy()
    })

    async function start(...options: string[]) {
      const port = await freePort()
      const parent = run('server', '--host', OWN_HOST, '--port', `${port}`, ...options)
      const lines = createInterface(parent.stdout!)[Symbol.asyncIterator]()
      const workers: number[] = []
      await lines.next()
      while (workers.length < 2) {
        const [, pid] = /^worker (\d+) is listening/.exec(String((await lines.next()).value)) ?? []
        expect(pid).toBeDefined()
        workers.push(Number(pid))
      }
      return { parent, port, workers }
    }
  })
}

/** Of the sockets on this port with this one at the other end (0: the listeners); 0 of one that nobody has accepted. */
async function inodesOf(port: number, remote: number): Promise<string[]> {
  const hex = (number: number, digits: number) => number.toString(16).toUpperCase().padStart(digits, '0')
  const address = OWN_HOST.split('.')
    .reverse()
    .map(byte => hex(Number(byte), 2))
    .join('')
  const ends = `${address}:${hex(port, 4)} \\w+:${hex(remote, 4)}`
  const pattern = new RegExp(`^ *\\d+: ${ends}(?: +\\S+){6} +(\\d+) `, 'gm')
  return [...(await readFile('/proc/net/tcp', 'utf8')).matchAll(pattern)].map(([, inode]) => inode!)
}

async function holds(pid: number, inode: string | undefined): Promise<boolean> {
  const folder = `/proc/${pid}/fd`
  const links = (await readdir(folder)).map(fd => readlink(path.join(folder, fd)).catch(() => undefined))
  return (await Promise.all(links)).includes(`socket:[${inode}]`)
}
