/** The probes of lesson 15: bad input is one clear line, and each question can be answered with `no`. */
import { execFile } from 'node:child_process'
import path from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import { needsProgram, needsSandbox } from '../harness/needs.ts'
import { runScript } from '../harness/scripts.ts'

const FOLDER = 'lessons/15-kernel-support'
const LANGUAGES = [
  ['node', 'ts'],
  ['python3', 'py'],
] as const

describe.for(LANGUAGES)(`${FOLDER}: %s`, ([program, ext]) => {
  beforeEach(context => needsProgram(context, program))

  test.for([
    ['twice', '--no-such-option', '--no-such-option'],
    ['twice', 'more', "'?more"],
    ['hasty', '--no-such-option', '--no-such-option'],
    ['probe', '--no-such-option', '--no-such-option'],
    ['probe', 'tcp-bpff', "there is no feature 'tcp-bpff'; there are tcp, udp, "],
    ['probe', 'constructor', "there is no feature 'constructor'"],
    ['ebpf', '', "takes sk-reuseport, sk-lookup or a number, not ''"],
    ['ebpf', '-1', '-1'],
    ['ebpf', '1.5', "not '1.5'"],
    ['ebpf', '4294967296', "not '4294967296'"],
    ['ebpf', 'toString', "not 'toString'"],
  ])('%s %s: one line, status 2', async ([script, option, says]) => {
    const { status, error } = await runScript(program, path.join(FOLDER, `${script}.${ext}`), [option!])
    const lines = error.trim().split('\n')
    expect(lines.at(-1)).toMatch(new RegExp(`^${script}\\.${ext}: .*${says}`))
    expect(lines.slice(0, -1).every(line => /^(usage:|\s)/.test(line))).toBe(true)
    expect(error).not.toMatch(/^\s+at /m)
    expect(status).toBe(2)
  })

  test('without a loopback: one line, status 1', async context => {
    await needsSandbox(context)
    const { status, error } = await inNamespace(`${program} probe.${ext}`)
    expect(error).toBe(`probe.${ext}: 127.0.0.1 cannot be reached; turn the loopback on: ip link set lo up\n`)
    expect(status).toBe(1)
  })

  // What strace puts in place of the kernel's answers; the first two options are SO_REUSEPORT of either socket.
  test.for([
    ['tcp', 'setsockopt:error=ENOPROTOOPT', 'no (ENOPROTOOPT)'],
    ['udp', 'setsockopt:error=ENOPROTOOPT', 'no (ENOPROTOOPT)'],
    ['tcp', 'setsockopt:retval=0', 'no (EADDRINUSE)'],
    ['udp', 'setsockopt:retval=0', 'no (EADDRINUSE)'],
    ['tcp-bpf', 'setsockopt:error=ENOPROTOOPT:when=3', 'no (ENOPROTOOPT)'],
    ['tcp-bpf', 'setsockopt:retval=0:when=3', 'no'],
    ['udp-bpf', 'setsockopt:retval=0:when=3', 'no'],
    ['detach', 'setsockopt:error=ENOPROTOOPT:when=4', 'no (ENOPROTOOPT)'],
    ['detach', 'setsockopt:retval=0:when=4', 'no'],
    ['incoming-cpu', 'setsockopt:retval=0:when=3', 'no'],
    ['sk-reuseport', 'bpf:error=EINVAL', 'no (EINVAL)'],
    ['sk-lookup', 'bpf:error=EINVAL', 'no (EINVAL)'],
    ['sk-lookup', 'bpf:error=EPERM', 'EPERM'],
  ])('%s: a kernel with %s says %s', async ([feature, lie, expected], context) => {
    await needsSandbox(context)
    needsProgram(context, 'strace')
    const { status, answers } = await inNamespace(
      `ip link set lo up; strace -qq -o /dev/null -e inject=${lie} ${program} probe.${ext} ${feature}`,
    )
    expect(answers).toEqual({ [feature!]: expected })
    expect(status).toBe(1)
  })

  test('names are a condition: status 0 only if each answer is yes', async context => {
    await needsSandbox(context)
    const probe = `${program} probe.${ext}`
    const { out } = await inNamespace(
      `ip link set lo up; ${probe} tcp udp; echo "status $?"; ${probe} tcp sk-lookup; echo "status $?"`,
    )
    expect(out.match(/status \d/g)).toEqual(['status 0', 'status 1'])
  })
})

test('both languages ask the same, and hear the same', async context => {
  needsProgram(context, 'python3')
  await needsSandbox(context)
  const ask = (probe: string) => inNamespace(`ip link set lo up; ${probe}`)
  const [ts, py] = await Promise.all([ask('node probe.ts'), ask('python3 probe.py')])
  expect(ts.out).toBe(py.out)
  expect(Object.keys(ts.answers)).toHaveLength(9)
  // A program by eBPF is refused to root of a namespace, whatever its type.
  expect(ts.answers).toMatchObject({ tcp: 'yes', udp: 'yes', 'sk-reuseport': 'EPERM', 'sk-lookup': 'EPERM' })
})

interface Outcome {
  status: number
  out: string
  error: string
  /** By feature, with the reason behind it. */
  answers: Record<string, string>
}

/** Runs it as root of a network namespace of its own, whose loopback is off. */
function inNamespace(script: string): Promise<Outcome> {
  const [program, ...spaces] = 'unshare --user --map-root-user --net'.split(' ')
  const PATH = `${path.dirname(process.execPath)}:${process.env.PATH}:/usr/sbin:/sbin`
  const options = { cwd: FOLDER, timeout: 30_000, env: { PATH, PYTHONDONTWRITEBYTECODE: '1' } }
  return new Promise(resolve => {
    execFile(program!, [...spaces, 'sh', '-c', script], options, (failure, out, error) => {
      const rows = [...out.matchAll(/^(\S+) +\d\.\d+ +(\S+) +[^(\n]*?( \(\w+\))?$/gm)]
      const answers = Object.fromEntries(rows.map(([, answer, name, reason = '']) => [name, answer + reason]))
      resolve({ status: failure ? Number(failure.code) : 0, out, error, answers })
    })
  })
}
