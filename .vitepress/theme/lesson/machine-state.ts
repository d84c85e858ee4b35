import { shallowRef, watch } from 'vue'
import type { LoadReport, Machine } from '../../../playground/protocol.ts'
import { isServerThere, socketUrl } from '../connection/health.ts'
import { key } from '../connection/key.ts'
import { createMachineConnection } from '../connection/machine-connection.ts'
import { onWake } from '../connection/wake.ts'
import { remember } from '../machine/history.ts'
import { createWorkers } from '../machine/worker-state.ts'

/**
 * A sandbox's machine, as far as the page knows it: as it is, as it was, and whose pids are workers'.
 *
 * @param counted adds to what the kernel knows what a load has counted
 */
export function createMachineState(
  name: string,
  counted: (machine: Machine, load: readonly LoadReport[]) => Machine = machine => machine,
) {
  const connection = createMachineConnection({
    url: () => socketUrl(`machine/${name}`),
    key: () => key.value ?? '',
    isServerThere,
    onWake,
    onFresh: clear,
  })
  /** Whose pids are workers', and which one is pointed at. */
  const workers = createWorkers(name)
  /** What the kernel has said, oldest first; empty while no pane is connected. */
  const history = shallowRef<Machine[]>([])
  watch(connection.machine, machine => {
    if (!machine) return
    const state = counted(machine, connection.load.value)
    workers.see(state)
    history.value = remember(history.value, state)
  })

  return { ...connection, workers, history, clear }

  /** It is another sandbox's from now on. */
  function clear(): void {
    workers.clear()
    history.value = []
  }
}
