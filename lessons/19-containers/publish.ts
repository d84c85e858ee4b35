/** A published port: listens here, and passes each connection on to one of the addresses in a file. */
import { readFileSync } from 'node:fs'
import { connect, createServer, isIPv4 } from 'node:net'
import { parseArgs } from 'node:util'

const { port, to } = readOptions()

process.title = 'publish'

// #region forward
const server = createServer(client => {
  const all = readAddresses()
  const chosen = Math.floor(Math.random() * all.length)
  const worker = connect(all[chosen]!)
  client.pipe(worker).pipe(client)
  worker.on('error', () => client.destroy())
  client.on('error', () => worker.destroy())
})
// #endregion forward
// The server has no 'error' handler: Node then prints what the kernel said, and ends.
server.listen(port, '127.0.0.1', () => {
  const places = readAddresses().map(({ host, port }) => `${host}:${port}`)
  console.log(`127.0.0.1:${port} leads to ${places.join(' ')}`)
})

/** Anew for each connection: whoever edits the file need tell nobody. */
function readAddresses(): { host: string; port: number }[] {
  try {
    const lines = readFileSync(to, 'utf8').trim().split('\n')
    return lines.map(line => {
      const [, host = '', port = ''] = /^([\d.]+):(\d{1,5})$/.exec(line) ?? []
      if (isIPv4(host) && Number(port) <= 65535) return { host, port: Number(port) }
      throw new Error(`${to} must hold lines like 10.0.1.2:8080, not '${line}'`)
    })
  } catch (error) {
    stop(error, 1)
  }
}

function readOptions() {
  try {
    const { values } = parseArgs({
      options: {
        port: { type: 'string', default: '8080' },
        to: { type: 'string', default: 'endpoints' },
      },
    })
    return { port: wholeNumber('--port', values.port, 1, 65535), to: values.to }
  } catch (error) {
    stop(error, 2)
  }
}

function wholeNumber(option: string, text: string, low: number, high: number): number {
  const number = Number(text)
  if (/^\d+$/.test(text) && number >= low && number <= high) return number
  throw new RangeError(`${option} takes a whole number from ${low} to ${high}, not '${text}'`)
}

function stop(error: unknown, status: number): never {
  console.error(`publish.ts: ${(error as Error).message}`)
  process.exit(status)
}
