/** A published port: listens here, and passes each connection on to one of the addresses in a file. */
import { readFileSync } from 'node:fs'
import { connect, createServer, isIPv4 } from 'node:net'
import { readOptions, stop, wholeNumber } from './options.ts'

const { port, to } = readOptions({ port: wholeNumber(8080, 1, 65535), to: 'endpoints' })

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
    stop(error)
  }
}
