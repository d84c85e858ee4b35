/** Asks the kernel to load the smallest eBPF program of a type. */
import { addressOf, call } from './calls.ts'

// From <asm/unistd.h> and <linux/bpf.h>.
const BPF: Record<string, number> = { x64: 321, arm64: 280 }
const PROG_LOAD = 5
const SK_LOOKUP_ATTACH = 36
const TYPES: Record<string, number> = { 'sk-reuseport': 21, 'sk-lookup': 30 }

// #region load
/** @param type its name or its number */
export function load(type: string): void {
  const kind = TYPES[type] ?? Number(type)
  // R0 = 1, which lets the packet pass; exit
  const program = Buffer.from([0xb7, 0, 0, 0, 1, 0, 0, 0, 0x95, 0, 0, 0, 0, 0, 0, 0])
  const license = Buffer.from('GPL\0')
  const attr = Buffer.alloc(72)
  attr.writeUInt32LE(kind, 0)
  attr.writeUInt32LE(program.length / 8, 4)
  attr.writeBigUInt64LE(addressOf(program), 8)
  attr.writeBigUInt64LE(addressOf(license), 16)
  if (type === 'sk-lookup') attr.writeUInt32LE(SK_LOOKUP_ATTACH, 68)
  const SYSCALL = 'long syscall(long number, int command, const uint8_t *attr, uint size)'
  const loaded = call(SYSCALL, BPF[process.arch], PROG_LOAD, attr, attr.length)
  call('int close(int fd)', loaded)
}
// #endregion load

if (import.meta.main) {
  const [type = '', ...more] = process.argv.slice(2)
  if (!(Object.hasOwn(TYPES, type) || /^\d{1,9}$/.test(type)) || more.length > 0)
    stop(`takes ${Object.keys(TYPES).join(', ')} or a number, not '${[type, ...more].join(' ')}'`, 2)
  try {
    load(type)
    console.log(`ebpf.ts: ${type}: loaded`)
  } catch (error) {
    stop(`${type}: ${(error as Error).message}`)
  }
}

function stop(message: string, status = 1): never {
  console.error(`ebpf.ts: ${message}`)
  process.exit(status)
}
