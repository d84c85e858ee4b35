/** The scripts of lesson 14: bad input is one clear line, and what the page says but cannot run is true. */
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import path from 'node:path'
import { text } from 'node:stream/consumers'
import { beforeEach, describe, expect, test } from 'vitest'
import { needsProgram } from '../harness/needs.ts'
import { testBadInput, useRunning } from '../harness/scripts.ts'

const FOLDER = path.resolve('lessons/14-pitfalls')
const LANGUAGES = { ts: process.execPath, py: 'python3' } as const
const BAD_INPUT = [
  ['server', '--no-such-option'],
  ['server', '--port', '65536'],
  ['server', '--port', 'http'],
  ['client', '--connections', '0'],
  ['client', '--patience', 'long'],
  ['own', '--port', '0'],
  ['own', '--workers', '0'],
  ['own', '--backlog', '0'],
  ['service', '--no-such-option'],
  ['alone', '--workers', '65'],
]
/** Binds with some of the two options while a connection of a listener with others is in TIME-WAIT. */
const TIME_WAIT = `
import sys
from socket import *

def bound(port, options):
    listener = socket()
    for option in options:
        listener.setsockopt(SOL_SOCKET, option, 1)
    listener.bind(('127.0.0.1', port))
    return listener

old, new = ([getattr(sys.modules[__name__], name) for name in names.split()] for names in sys.argv[1:])
with bound(0, old) as listener:
    listener.listen()
    port = listener.getsockname()[1]
    with create_connection(('127.0.0.1', port)) as client:
        listener.accept()[0].close()
        client.recv(1)
try:
    bound(port, new)
    print('yes')
except OSError as error:
    print('no', error.errno)
`
/** A listener of root and one of another user; first that user tries to join each of them, then root. */
const USERS = `
import os
from socket import *

def bound(port):
    listener = socket()
    listener.setsockopt(SOL_SOCKET, SO_REUSEPORT, 1)
    listener.bind(('127.0.0.1', port))
    listener.listen()
    return listener

def join(listener):
    try:
        bound(listener.getsockname()[1]).close()
        return 'joined'
    except OSError as error:
        return error.errno

of_root = bound(0)
os.seteuid(65534)
of_nobody = bound(0)
print(join(of_root), join(of_nobody))
os.seteuid(0)
print(join(of_root), join(of_nobody))
`

const begin = useRunning()

for (const [lang, program] of Object.entries(LANGUAGES)) {
  const run = (script: string, ...options: string[]) =>
    begin(program, [path.join(FOLDER, `${script}.${lang}`), ...options])
  const runToEnd = async (script: string, ...options: string[]) => {
    const child = run(script, ...options)
    const [errors, [status]] = await Promise.all([text(child.stderr!), once(child, 'exit')])
    return { errors, status }
  }

  describe(lang, () => {
    beforeEach(context => needsProgram(context, 'python3'))

    testBadInput(FOLDER, lang, BAD_INPUT)

    test.each(['server', 'own', 'service', 'alone'])(
      '%s on a taken port: the kernel’s error',
      async script => {
        const other = createServer().listen(0, '127.0.0.1')
        await once(other, 'listening')
        const { port } = other.address() as AddressInfo
        const { errors, status } = await runToEnd(script, '--port', `${port}`)
        other.close()
        expect(status).toBe(1)
        expect(errors).toContain('ddress already in use')
      },
    )
  })
}

describe('what the page says', () => {
  beforeEach(context => needsProgram(context, 'python3'))

  const sets = ['', 'SO_REUSEADDR', 'SO_REUSEPORT', 'SO_REUSEADDR SO_REUSEPORT']
  const pairs = sets.flatMap(old => sets.map(recent => [old, recent] as const))
  test.each(pairs)('TIME-WAIT, old [%s], new [%s]: yes if they have one in common', (old, recent) => {
    const common = old.split(' ').some(option => option && recent.split(' ').includes(option))
    expect(python(TIME_WAIT, old, recent)).toBe(common ? 'yes\n' : 'no 98\n')
  })

  test('the user when the socket was made counts, root or not', context => {
    if (process.getuid?.() !== 0) context.skip('needs root, to become another user')
    expect(python(USERS)).toBe('98 joined\njoined 98\n')
  })
})

function python(script: string, ...args: string[]): string {
  return execFileSync('python3', ['-c', script, ...args], { encoding: 'utf8' })
}
