/**
 * A server of its own for an attack that would freeze it: opens a sandbox, runs a program inside and looks at the
 * machine. Arguments: kind, workspace, program for bash. Prints what was read last as JSON, or why nothing could be.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { createMachineReader } from '../../playground/machine/reader.ts'
import type { SandboxKind } from '../../playground/sandbox/kind.ts'
import { createSandbox } from '../../playground/sandbox/sandbox.ts'

const [kind, workspace, program] = process.argv.slice(2)
const sandbox = await createSandbox({ workspace: workspace!, kind: kind as SandboxKind })
const [file, ...args] = sandbox.command([
  'bash',
  '-c',
  `cd ${sandbox.cwd}; ${program}; echo attacked; exec sleep 60`,
])
const env = { ...sandbox.env, ATTACK_MARK: process.env.ATTACK_MARK }
const attacker = spawn(file!, args, { env, stdio: ['ignore', 'pipe', 'inherit'] })
for (let said = ''; !said.includes('attacked\n'); ) said += String((await once(attacker.stdout, 'data'))[0])
const reader = createMachineReader(sandbox)
let last: unknown
try {
  // The second finds the listeners of the first with their owners, and what was slow to come.
  for (let readings = 0; readings < 3; readings++) {
    last = await reader.read()
    await delay(50)
  }
} catch (error) {
  last = { error: (error as Error).message }
}
console.log(JSON.stringify(last))
reader.close()
await sandbox.close()
