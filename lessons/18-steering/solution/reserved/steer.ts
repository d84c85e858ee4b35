/** Attaches a program to the group of port 8084: source ports below 30000 have the fourth worker for themselves. */
import { attach, borrow, findListeners, type Instruction } from '../../group.ts'

const LOAD_HALF = 0x28 // A = two bytes.
const MODULO = 0x94 // A = A % k
const AT_LEAST = 0x35 // Jump: is A >= k?
const RETURN = 0x06 // Return k.
const RETURN_A = 0x16 // Return A.
const SOURCE_PORT = -0x100000 + 20

// #region program
const program: Instruction[] = [
  [LOAD_HALF, SOURCE_PORT], // A = the source port
  [AT_LEAST, 30000, 1], // A >= 30000? Skip one.
  [RETURN, 3], // the fourth worker
  [MODULO, 3], // A = A % 3
  [RETURN_A], // one of the first three
]
// #endregion program

attach(borrow(findListeners(8084)[0]!), program)
console.log(`port 8084: a program of ${program.length} instructions`)
