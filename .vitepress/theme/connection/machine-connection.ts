import { type ShallowRef, shallowRef } from 'vue'
import type {
  CheckState,
  FileFault,
  LoadReport,
  Machine,
  MachineMessage,
  SceneState,
} from '../../../playground/protocol.ts'
import { createLastingSocket, type LastingSocketOptions } from './lasting-socket.ts'

export interface MachineView {
  /** How its scene is; undefined where there is none, or nobody tells. */
  scene: Readonly<ShallowRef<SceneState | undefined>>
  /** What a scene's load has come to, oldest first: the last minute. */
  load: Readonly<ShallowRef<readonly LoadReport[]>>
  /** As the kernel has it now; undefined while nobody tells. */
  machine: Readonly<ShallowRef<Machine | undefined>>
  /** By name. While nobody tells those that have passed: what others would say is old. */
  checks: Readonly<ShallowRef<Readonly<Record<string, CheckState>>>>
  /** Scripts whose last run has ended by an error; none while nobody tells. */
  faults: Readonly<ShallowRef<readonly FileFault[]>>
}

export interface MachineConnection extends MachineView {
  /** Opens the socket, if it is not open or on its way already. */
  retry(): void
  close(): void
}

export interface MachineConnectionOptions
  extends Pick<LastingSocketOptions, 'url' | 'key' | 'isServerThere'> {
  /** Calls back when the page has been away: asleep, hidden, without a network. Returns what ends it. */
  onWake(listener: () => void): () => void
  /** Called when another sandbox takes the place of the one before. */
  onFresh?(): void
}

/** Twice a second, so a minute. */
const MAX_REPORTS = 120

/** A lesson's machine and checks over one WebSocket, which is opened by `retry` and again whenever it is lost. */
export function createMachineConnection(options: MachineConnectionOptions): MachineConnection {
  const machine = shallowRef<Machine>()
  const checks = shallowRef<Record<string, CheckState>>({})
  const scene = shallowRef<SceneState>()
  /** What was told of it last: a sandbox that ends says no more. */
  let played: SceneState | undefined
  const load = shallowRef<readonly LoadReport[]>([])
  const faults = shallowRef<readonly FileFault[]>([])
  let stopWaking: (() => void) | undefined
  const socket = createLastingSocket({
    ...options,
    onText(text) {
      socket.greeted()
      receive(JSON.parse(text))
    },
    onGone(how) {
      // What this page leaves for a fresh socket is shown until that one tells.
      if (how !== 'left') forget(how === 'reset')
      if (how === 'reset') options.onFresh?.()
    },
    onLink({ kind }) {
      if (kind === 'failed' && played) scene.value = { ...played, state: 'ended' }
    },
  })

  return {
    machine,
    checks,
    scene,
    load,
    faults,
    retry() {
      if (socket.isThere) return
      stopWaking ??= options.onWake(renew)
      socket.retry()
    },
    close() {
      stopWaking?.()
      stopWaking = undefined
      socket.close()
    },
  }

  function receive(message: MachineMessage): void {
    switch (message.type) {
      case 'machine':
        machine.value = message.machine
        return
      case 'checks':
        checks.value = message.checks
        return
      case 'scene':
        scene.value = message.scene
        played = message.scene
        return
      case 'load':
        load.value = [...load.value, message.load].slice(-MAX_REPORTS)
        return
      case 'faults':
        faults.value = message.faults
    }
  }

  /** @param all what has passed was another sandbox's */
  function forget(all = false): void {
    machine.value = undefined
    scene.value = undefined
    faults.value = []
    if (all) {
      load.value = []
      played = undefined
    }
    const passed = Object.entries(checks.value).filter(([, { state }]) => !all && state === 'passed')
    checks.value = Object.fromEntries(passed)
  }

  /** A socket whose other end has gone without a word looks open for minutes; all that it tells is told anew. */
  function renew(): void {
    if (socket.isThere || socket.isWaiting) socket.retry()
  }
}
