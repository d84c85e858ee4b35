/**
 * What the scripts of lesson 07 say to options they cannot use, and to a port that is taken; what they leave behind
 * when they are told to end.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { expect, test } from 'vitest'
import { groupOf } from '../harness/group.ts'
import { freePort } from '../harness/own-address.ts'
import { describeScripts } from '../harness/scripts.ts'

describeScripts('lessons/07-tail', {
  tail: { numbers: ['--port', '--requests'], listens: true },
})

test.each([
  ['node', 'tail.ts', 'SIGINT', 'its group'],
  ['node', 'tail.ts', 'SIGTERM', 'itself'],
  ['python3', 'tail.py', 'SIGINT', 'its group'],
] as const)(
  '%s %s: after %s to %s no stopped worker keeps the port',
  async (program, script, signal, whom) => {
    const file = path.resolve('lessons/07-tail', script)
    const port = await freePort()
    const tail = spawn(program, [file, '--port', `${port}`, '--requests', '1000'], {
      detached: true,
      stdio: 'ignore',
    })
    const ended = once(tail, 'exit')
    await expect.poll(() => groupOf(tail.pid!).some(({ state }) => state === 'T')).toBe(true)
    process.kill(whom === 'itself' ? tail.pid! : -tail.pid!, signal)
    await ended
    await expect.poll(() => groupOf(tail.pid!)).toEqual([])
  },
)
