import { expect, test } from 'vitest'
import { outerLevel } from '../../playground/sandbox/namespaces.ts'

/** All that bubblewrap 0.4.1 knows, Debian 11's; as its own `--help` begins each line. */
const OLD = `
    --help --version --args FD --unshare-all --share-net --unshare-user --unshare-user-try --unshare-ipc --unshare-pid
    --unshare-net --unshare-uts --unshare-cgroup --unshare-cgroup-try --userns FD --userns2 FD --pidns FD --uid UID
    --gid GID --hostname NAME --chdir DIR --setenv VAR VALUE --unsetenv VAR --lock-file DEST --sync-fd FD
    --bind SRC DEST --bind-try SRC DEST --dev-bind SRC DEST --dev-bind-try SRC DEST --ro-bind SRC DEST
    --ro-bind-try SRC DEST --remount-ro DEST --exec-label LABEL --file-label LABEL --proc DEST --dev DEST --tmpfs DEST
    --mqueue DEST --dir DEST --file FD DEST --bind-data FD DEST --ro-bind-data FD DEST --symlink SRC DEST --seccomp FD
    --block-fd FD --userns-block-fd FD --info-fd FD --json-status-fd FD --new-session --die-with-parent --as-pid-1
    --cap-add CAP --cap-drop CAP
`
const limits = { memory: 2 ** 30, processes: 1024 }

test.each<[what: string, help: string]>([
  ['0.4', OLD],
  ['0.5, which sets modes', `${OLD} --clearenv --perms OCTAL`],
  ['0.7, which bounds what is in memory', `${OLD} --clearenv --perms OCTAL --size BYTES`],
])('bubblewrap %s is given only what it knows', (_, help) => {
  const binds = [{ from: '/a', to: '/b', optional: true }]
  const options = outerLevel(binds, limits, help).filter(word => word.startsWith('--') && word !== '--')
  const known = new Set(help.split(/\s+/))
  expect(options.filter(option => !known.has(option))).toEqual([])
  expect(options.includes('--perms')).toBe(help.includes('--perms'))
  expect(options.includes('--size')).toBe(help.includes('--size'))
})
