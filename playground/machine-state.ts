/** What is observed of a sandbox: for pages, which draw it, and for checks, which judge it. */

/** What the kernel says of a sandbox: its sockets, who owns them, its processes and counters. */
export interface Machine {
  /** Milliseconds since 1970. */
  at: number
  /** TCP sockets in LISTEN, by port, address and inode. */
  listeners: Listener[]
  /** TCP connections whose local end is here, in groups of equal port, end, state and owner. */
  connections: ConnectionGroup[]
  /** UDP sockets that have a local port, but for connected ones: those take datagrams of their peer alone. */
  udp: UdpSocket[]
  /** All but process 1, the shells included, by pid. */
  processes: MachineProcess[]
  /** Since the sandbox's start. */
  counters: {
    /** Connections turned away because an accept queue was full (`TcpExtListenOverflows`). */
    overflows: number
    /** Connections that a listener has dropped for any reason (`TcpExtListenDrops`). */
    drops: number
    /** Resets sent (`TcpOutRsts`). */
    resets: number
    /** Queued connections that went over to another listener (`TcpExtTCPMigrateReqSuccess`). */
    migrated: number
    /** Connections accepted by the kernel (`TcpPassiveOpens`). */
    accepted: number
    /** UDP datagrams that processes have received, those at clients included (`UdpInDatagrams`). */
    datagrams: number
    /** UDP datagrams dropped because a socket was not read in time (`UdpRcvbufErrors`). */
    unread: number
  }
  /** `net.ipv4.tcp_migrate_req`; undefined where the kernel does not have it. */
  migrateReq?: boolean
  /** How the last client in a pane has counted the answers: its `worker PID  COUNT` lines. */
  answers: { pid: number; count: number }[]
  /** How many requests that client has lost, if it says so: its `lost  N` line. */
  lost?: number
  /** Programs in panes that have ended with saying that their port is taken, EADDRINUSE, since the sandbox's start. */
  refused?: number
}

/** A process that holds a socket. Pids are the sandbox's own. */
export interface Owner {
  pid: number
  /** The process's name as `ss` shows it (`/proc/PID/comm`). */
  title: string
  fd: number
}

export interface Listener {
  family: 4 | 6
  /** As `ss` prints it, without brackets: `127.0.0.1`, `0.0.0.0`, `::`, `*` is never used. */
  address: string
  port: number
  uid: number
  inode: number
  /** Connections that wait to be accepted (Recv-Q). */
  queue: number
  /** Most that may wait (Send-Q); undefined until it is known. */
  backlog?: number
  owners: Owner[]
}

export interface ConnectionGroup {
  /** The server's: the local one at the server's end, the remote one at the client's. */
  port: number
  /** As `ss` prints it: `ESTAB`, `CLOSE-WAIT`, `TIME-WAIT` … */
  state: string
  /** The lowest pid that holds it. Undefined: nobody does (it waits in an accept queue, or in TIME-WAIT). */
  pid?: number
  /** This is the server's end: its local port is, or was, listened on here. */
  server: boolean
  count: number
}

export interface UdpSocket {
  family: 4 | 6
  address: string
  port: number
  uid: number
  inode: number
  /** Bytes that wait to be read. */
  queue: number
  /** Datagrams dropped because they were not read in time. */
  drops: number
  owners: Owner[]
}

export interface MachineProcess {
  pid: number
  parent: number
  title: string
  /** `R` running, `S` sleeping, `T` stopped … as in proc(5). */
  state: string
  /** Share of one core since the reading before, 0 to 1 and more with several threads. */
  cpu: number
}
