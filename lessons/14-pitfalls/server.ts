/** A worker that shares its port: answers a connection with a line, `worker PID`, and closes it. */
import { type AddressInfo, createServer } from 'node:net'
import { parseArgs } from 'node:util'

const { host, port, reusePort, name } = readOptions()

// The name that `ss` shows; without it `ss` calls every Node process MainThread.
process.title = name

const server = createServer(connection => {
  // A client that leaves early must not end the server; what it sends is read and dropped.
  connection.on('error', () => {})
  connection.resume()
  connection.end(`${name} ${process.pid}\n`)
})

// The server has no 'error' handler: Node then prints what the kernel said, and ends.
// #region listen
server.listen({ host, port, reusePort }, () => {
  const { port } = server.address() as AddressInfo
  console.log(`${name} ${process.pid} is listening on ${host}:${port}`)
})
// #endregion listen

function readOptions() {
  try {
    const { values } = parseArgs({
      options: {
        host: { type: 'string', default: '127.0.0.1' },
        port: { type: 'string', default: '8080' },
        'reuse-port': { type: 'boolean', default: true },
        name: { type: 'string', default: 'worker' },
      },
      allowNegative: true,
    })
    return {
      host: values.host,
      port: wholeNumber('--port', values.port, 0, 65535),
      reusePort: values['reuse-port'],
      name: values.name,
    }
  } catch (error) {
    console.error(`server.ts: ${(error as Error).message}`)
    process.exit(2)
  }
}

function wholeNumber(option: string, text: string, low: number, high: number): number {
  const number = Number(text)
  if (/^\d+$/.test(text) && number >= low && number <= high) return number
  throw new RangeError(`${option} takes a whole number from ${low} to ${high}, not '${text}'`)
}
