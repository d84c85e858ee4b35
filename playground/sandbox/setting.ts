/** A setting of a sandbox's network, kept open: `/proc/sys/net` shows each reader the network it lives in itself. */
import { closeSync, openSync, readSync } from 'node:fs'

/** Whether a listener that closes hands its waiting connections on. Linux 5.14. */
export const MIGRATE_REQ = '/proc/sys/net/ipv4/tcp_migrate_req'

export interface Setting {
  /** Its value now; undefined where the kernel does not have it, or the sandbox has ended. */
  read(): string | undefined
  close(): void
}

/** @param file below `/proc/sys`, or a descriptor of such a file that a process inside has open */
export function openSetting(file: string): Setting {
  let descriptor: number | undefined
  try {
    descriptor = openSync(file, 'r')
  } catch {
    // This kernel has no such setting.
  }
  const value = Buffer.alloc(64)
  return {
    read() {
      if (descriptor === undefined) return undefined
      try {
        return value.toString('latin1', 0, readSync(descriptor, value, 0, value.length, 0)).trim()
      } catch {
        // The kernel has taken the setting away with its network.
        return undefined
      }
    },
    close() {
      if (descriptor !== undefined) closeSync(descriptor)
      descriptor = undefined
    },
  }
}
