/** Attaches a program to the group of port 8084, which has four listeners. */
import { attach, borrow, findListeners, type Instruction } from '../group.ts'

const LOAD_HALF = 0x28 // A = two bytes.
const MODULO = 0x94 // A = A % k
const RETURN_A = 0x16 // Return A.
const SOURCE_PORT = -0x100000 + 20

// #region program
const program: Instruction[] = [
  [LOAD_HALF, SOURCE_PORT], // A = the source port
  [MODULO, 4], // A = A % 4
  [RETURN_A], // return A
]
// #endregion program

attach(borrow(findListeners(8084)[0]!), program)
console.log(`port 8084: a program of ${program.length} instructions`)
