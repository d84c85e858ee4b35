/** What this machine can do, for `GET /api/health`. */
import { readFile } from 'node:fs/promises'
import { release } from 'node:os'
import { join } from 'node:path'
import type { Health } from './protocol.ts'
import { sandboxKind } from './sandbox.ts'

/** @param root the folder of `package.json` */
export async function readHealth(root: string): Promise<Health> {
  const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string }
  const { kind, reason } = await sandboxKind()
  return { version, kernel: release(), platform: process.platform, sandbox: kind, reason }
}
