import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'

/** Bytes below which it is not worth it: a packet holds as much. */
const LEAST = 1400

/** Beside each text of the built site the same in gzip, which a server of files may send instead, ours among them. */
export function writeCompressed(outDir: string): void {
  const files = readdirSync(outDir, { recursive: true, encoding: 'utf8' })
  for (const file of files.filter(name => /\.(?:css|html|js|json|svg)$/.test(name))) {
    const text = readFileSync(join(outDir, file))
    if (text.length >= LEAST) writeFileSync(join(outDir, `${file}.gz`), gzipSync(text, { level: 9 }))
  }
}
