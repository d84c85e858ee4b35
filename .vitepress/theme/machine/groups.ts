/** What a machine means to somebody who looks at it. Pure: the page and the checks use it. */
import type { Listener } from '../../../playground/protocol.ts'

/**
 * The listeners of one address and port. More than one: a reuseport group, nothing else lets them be there. Of UDP
 * sockets, which may be grouped, too, SO_REUSEADDR lets as many be there.
 */
export interface ListenerGroup<Member extends Listener = Listener> {
  family: 4 | 6
  address: string
  port: number
  /** In the order of their first owners' pids: inode numbers do not grow with time, each processor has its own. */
  listeners: Member[]
}

/** All groups, lone listeners among them, by port and address. */
export function groupsOf<Member extends Listener>({
  listeners,
}: {
  listeners: Member[]
}): ListenerGroup<Member>[] {
  const groups = Map.groupBy(listeners, ({ family, address, port }) => `${family} ${address} ${port}`)
  return [...groups.values()]
    .map(members => members.toSorted((a, b) => firstPid(a) - firstPid(b) || a.inode - b.inode))
    .map(members => {
      const { family, address, port } = members[0]!
      return { family, address, port, listeners: members }
    })
    .sort((a, b) => a.port - b.port || a.family - b.family || a.address.localeCompare(b.address))
}

function firstPid({ owners }: Listener): number {
  return Math.min(...owners.map(({ pid }) => pid))
}

/** An address and port as `ss` and a browser's address bar write them. */
export function endpoint({ address, port }: { address: string; port: number }): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`
}
