/** A thread with one page whose shell prints without end until it is told to stop. */
import { once } from 'node:events'
import { parentPort, workerData } from 'node:worker_threads'
import { connect, isPrompt, type Target } from './client.ts'
import { FLOOD } from './contestants.ts'

const { target, pace } = workerData as { target: Target; pace?: number }
const terminal = await connect(target, pace)
await terminal.until(isPrompt)
terminal.send(`${FLOOD}\r`)
const before = terminal.parsed
await terminal.until(() => terminal.parsed > before + 1024 * 1024)
parentPort!.postMessage('flooding')
await once(parentPort!, 'message')
terminal.clear()
terminal.send('\x03')
await terminal.until(isPrompt)
await terminal.close()
parentPort!.postMessage('ended')
