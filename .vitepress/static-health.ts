import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * What pages are answered where they are files on some web server, and ask what is behind them: nothing. Without it
 * that question would be an error in the console of each of them. Our own server answers itself.
 */
export function writeStaticHealth(outDir: string): void {
  mkdirSync(join(outDir, 'api'), { recursive: true })
  writeFileSync(join(outDir, 'api', 'health'), '{ "static": true }\n')
}
