/** Debian's package for a program, where it has another name. One table for all that say what to install. */
const PACKAGES: Readonly<Record<string, string>> = {
  ab: 'apache2-utils',
  bridge: 'iproute2',
  bwrap: 'bubblewrap',
  cc: 'gcc',
  chromium: 'chromium-headless-shell',
  debugfs: 'e2fsprogs',
  dig: 'bind9-dnsutils',
  flock: 'util-linux',
  fuser: 'psmisc',
  h2load: 'nghttp2-client',
  ip: 'iproute2',
  kdig: 'knot-dnsutils',
  killall: 'psmisc',
  knotd: 'knot',
  'mkfs.ext4': 'e2fsprogs',
  nc: 'netcat-openbsd',
  nft: 'nftables',
  nginx: 'nginx-light',
  nsenter: 'util-linux',
  nstat: 'iproute2',
  pdftotext: 'poppler-utils',
  perf: 'linux-perf',
  perl: 'perl-base',
  pgrep: 'procps',
  ping: 'iputils-ping',
  pkill: 'procps',
  ps: 'procps',
  pstree: 'psmisc',
  'qemu-system-x86_64': 'qemu-system-x86',
  setarch: 'util-linux',
  setpriv: 'util-linux',
  ss: 'iproute2',
  sysctl: 'procps',
  systemctl: 'systemd',
  'systemd-analyze': 'systemd',
  'systemd-socket-activate': 'systemd',
  taskset: 'util-linux',
  tc: 'iproute2',
  top: 'procps',
  unshare: 'util-linux',
  vi: 'vim-tiny',
  watch: 'procps',
}

/** Debian's packages of these programs, each once. */
export function debianPackages(programs: readonly string[]): string[] {
  return [...new Set(programs.map(program => PACKAGES[program] ?? program))]
}

/** The command that installs these programs on Debian and what comes from it. */
export function installCommand(programs: readonly string[]): string {
  return `sudo apt-get install ${debianPackages(programs).join(' ')}`
}
