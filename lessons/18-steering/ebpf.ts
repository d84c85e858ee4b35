/** Asks the kernel to load the smallest eBPF program that chooses among listeners: one that leaves it to the hash. */
import { getSystemErrorMessage, getSystemErrorName } from 'node:util'
import koffi from 'koffi'

// From <asm/unistd.h> and <linux/bpf.h>.
const BPF: Record<string, number> = { x64: 321, arm64: 280 }
const PROG_LOAD = 5
const SK_REUSEPORT = 21
const SK_PASS = 1

// #region load
koffi.struct('bpf_attr', { type: 'uint32', count: 'uint32', program: 'int64', license: 'int64' })
const bpf = koffi.load(null).func('long syscall(long number, int command, const bpf_attr *attr, uint size)')

/** R0 = SK_PASS; exit */
const program = Buffer.from([0xb7, 0, 0, 0, SK_PASS, 0, 0, 0, 0x95, 0, 0, 0, 0, 0, 0, 0])
const license = Buffer.from('GPL\0')
const attr = {
  type: SK_REUSEPORT,
  count: program.length / 8,
  program: koffi.address(program),
  license: koffi.address(license),
}
const result = bpf(BPF[process.arch], PROG_LOAD, attr, koffi.sizeof('bpf_attr'))
// #endregion load

if (result === -1) {
  const error = -koffi.errno()
  console.error(`ebpf.ts: bpf ${getSystemErrorName(error)}: ${getSystemErrorMessage(error)}`)
  process.exitCode = 1
} else console.log('the program is loaded')
