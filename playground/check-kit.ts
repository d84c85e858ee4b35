/** What a `checks.ts` imports, wherever its folder is: `reuseport-playground/checks`. */
import type { Machine } from './machine-state.ts'

export type { ConnectionGroup, Listener, Machine, MachineProcess, Owner, UdpSocket } from './machine-state.ts'

/**
 * True: it is met. A string: what was observed and what is missing, one sentence. `broken`: it cannot be met any
 * more in this sandbox, and why.
 */
export type Check = (machine: Machine) => true | string | { broken: string }
