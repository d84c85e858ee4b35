/**
 * What no namespace bounds, refused by a filter of system calls (seccomp(2)): to the kernel, root of a sandbox is the
 * user who started the server, and that user's keys, files and machine are reached by more ways than by a path.
 */
import { existsSync } from 'node:fs'

const PERL = '/usr/bin/perl'
/** Of linux/prctl.h. */
const PR_SET_SECCOMP = 22
const SECCOMP_MODE_FILTER = 2
/** Of asm-generic/ioctls.h and termbits.h. */
const TCGETS = 0x5401
const TCSETS = 0x5402
const NOFLSH = 0o200
/** `AUDIT_ARCH_…` of linux/audit.h, and numbers of its system calls. */
const MACHINES: Record<string, Machine> = {
  x64: {
    arch: 0xc000003e,
    ...{
      prctl: 157,
      setns: 308,
      add_key: 248,
      request_key: 249,
      keyctl: 250,
      socket: 41,
      fcntl: 72,
      fallocate: 285,
    },
  },
  arm64: {
    arch: 0xc00000b7,
    ...{
      prctl: 167,
      setns: 268,
      add_key: 217,
      request_key: 218,
      keyctl: 219,
      socket: 198,
      fcntl: 25,
      fallocate: 47,
    },
  },
}
/** The same everywhere. */
const IO_URING_SETUP = 425
const F_SETLEASE = 1024
/** Those that a network namespace holds: AF_UNIX, AF_INET, AF_INET6, AF_NETLINK, AF_PACKET. */
const FAMILIES = [1, 2, 10, 16, 17]
/** From here on: x86-64's second set of numbers, in which each call is named once more. */
const SECOND_SET = 0x4000_0000
const EPERM = 1
const ENOSYS = 38
const EOPNOTSUPP = 95
const EAFNOSUPPORT = 97

type Machine = Record<
  'arch' | 'prctl' | 'setns' | 'add_key' | 'request_key' | 'keyctl' | 'socket' | 'fcntl' | 'fallocate',
  number
>

const machine = process.platform === 'linux' ? MACHINES[process.arch] : undefined
/** The filter as the kernel and bubblewrap take it: `struct sock_filter`s; undefined for machines not named above. */
export const FILTER = machine && assemble(machine)

/**
 * Runs the command behind it in these namespaces, and within the filter where there is a perl; where there is none, the
 * doctor says so. Who is to run it has CAP_SYS_ADMIN in its user namespace, or can gain no privileges.
 *
 * @param namespaces by nsenter's options, the user namespace last: files as in `/proc/PID/ns`
 */
export function filtered(namespaces: Record<string, string> = {}): string[] {
  if (machine && existsSync(PERL))
    return [PERL, '-e', programFor(machine), '--', ...Object.values(namespaces), '--']
  const joins = Object.entries(namespaces).map(([name, file]) => `--${name}=${file}`)
  return joins.length > 0 ? ['nsenter', ...joins, '--preserve-credentials', '--'] : []
}

/**
 * A kernel that has no filters goes on without. A terminal gets its mode here, as `shell.bash` has it of stty(1)
 * otherwise: that would be one process more at each start.
 */
function programFor(machine: Machine): string {
  return `
    my @files;
    while ((my $name = shift) ne "--") { open my $file, "<", $name or die "$name: $!\n"; push @files, $file }
    my $filter = pack "H*", "${assemble(machine).toString('hex')}";
    my $counted = pack "S x![P] P", length($filter) / 8, $filter;
    syscall(${machine.prctl}, ${PR_SET_SECCOMP}, ${SECCOMP_MODE_FILTER}, $counted);
    syscall(${machine.setns}, fileno $_, 0) == 0 or die "setns: $!\n" for @files;
    my $modes = "";
    if (ioctl STDIN, ${TCGETS}, $modes) {
      substr($modes, 12, 4) |= pack "L", ${NOFLSH};
      $ENV{PLAYGROUND_NOFLSH} = 1 if ioctl STDIN, ${TCSETS}, $modes;
    }
    exec {$ARGV[0]} @ARGV or die "$ARGV[0]: $!\n"`
}

/** An instruction: code, how many to skip if it is so and if not, and a number; of linux/filter.h. */
type Instruction = [code: number, yes: number, no: number, value: number]

function assemble({ arch, add_key, request_key, keyctl, socket, fcntl, fallocate }: Machine): Buffer {
  const load = (offset: number): Instruction => [0x20, 0, 0, offset]
  const isEqual = (value: number, yes: number, no: number): Instruction => [0x15, yes, no, value]
  const isAtLeast = (value: number, yes: number, no: number): Instruction => [0x35, yes, no, value]
  const give = (value: number): Instruction => [0x06, 0, 0, value]
  const allow = give(0x7fff_0000)
  const refuse = (errno: number) => give(0x0005_0000 + errno)
  // Offsets in seccomp_data: number 0, architecture 4, arguments from 16 on, 8 bytes each, the low half first.
  const forbidden = [add_key, request_key, keyctl, IO_URING_SETUP].flatMap(number => [
    isEqual(number, 0, 1),
    refuse(EPERM),
  ])
  // A gigabyte in no time: the server, which looks at how much a workspace holds, would come too late. posix_fallocate
  // writes zeros instead.
  forbidden.push(isEqual(fallocate, 0, 1), refuse(EOPNOTSUPP))
  const families = FAMILIES.flatMap(family => [isEqual(family, 0, 1), allow])
  const program = [
    // The kernel runs 32-bit programs, too, whose numbers are others.
    ...[load(4), isEqual(arch, 1, 0), refuse(ENOSYS)],
    ...[load(0), isAtLeast(SECOND_SET, 0, 1), refuse(ENOSYS)],
    ...forbidden,
    // A lease on a file of the user's makes whoever opens it wait, in every sandbox and outside (fcntl(2)).
    ...[isEqual(fcntl, 0, 4), load(24), isEqual(F_SETLEASE, 0, 1), refuse(EPERM), allow],
    // io_uring makes sockets as well.
    ...[isEqual(socket, 1, 0), allow, load(16), ...families, refuse(EAFNOSUPPORT)],
  ]
  const bytes = Buffer.alloc(program.length * 8)
  for (const [at, [code, yes, no, value]] of program.entries()) {
    bytes.writeUInt16LE(code, at * 8)
    bytes.writeUInt8(yes, at * 8 + 2)
    bytes.writeUInt8(no, at * 8 + 3)
    bytes.writeUInt32LE(value, at * 8 + 4)
  }
  return bytes
}
