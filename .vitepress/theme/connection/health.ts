import { withBase } from 'vitepress'
import { ref } from 'vue'
import type { Health } from '../../../playground/protocol.ts'

export type Server =
  /** Not asked yet. */
  | { kind: 'unknown' }
  /** These pages are files on some web server: no machine behind them. */
  | { kind: 'static' }
  /** Nothing answers. */
  | { kind: 'unreachable' }
  | { kind: 'live'; health: Health }

export const server = ref<Server>({ kind: 'unknown' })

/** Asks what is behind this page. Never rejects; resolves with what `server` now holds. */
export async function askServer(): Promise<Server> {
  try {
    const response = await fetch(withBase('/api/health'), { headers: { accept: 'application/json' } })
    const health: Partial<Health> = response.ok ? await response.json().catch(() => ({})) : {}
    if (health.sandbox) server.value = { kind: 'live', health: health as Health }
    // A server that is about to end says 503.
    else server.value = { kind: response.status < 500 ? 'static' : 'unreachable' }
  } catch {
    server.value = { kind: 'unreachable' }
  }
  return server.value
}

export async function isServerThere(): Promise<boolean> {
  return (await askServer()).kind === 'live'
}

/** @param path below `/api/` */
export function socketUrl(path: string): string {
  return `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/api/${path}`
}
