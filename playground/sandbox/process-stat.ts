/** What `/proc/PID/stat` says of a process, or `/proc/PID/task/TID/stat` of a thread. Pure. */

export interface ProcessStat {
  pid: number
  /** As `ss` shows it; a byte that is no UTF-8 is U+FFFD. */
  title: string
  /** `R` running, `S` sleeping, `Z` ended but not waited for … as in proc(5). */
  state: string
  parent: number
  /** Pid of the process group's leader: one job of a shell. */
  group: number
  /** Of the process group that has the terminal; -1 without one. */
  foreground: number
  /** Processor time of all its threads so far, in clock ticks of 10 ms. */
  ticks: number
  /** Clock ticks from the machine's start to its own: with the pid it names one process for ever. */
  start: number
}

export function parseStat(text: string): ProcessStat {
  // The name in brackets may hold spaces and brackets: what counts begins after the last one.
  const end = text.lastIndexOf(')')
  const fields = text.slice(end + 2).split(' ')
  return {
    pid: Number.parseInt(text, 10),
    title: text.slice(text.indexOf('(') + 1, end),
    state: fields[0]!,
    parent: Number(fields[1]),
    group: Number(fields[2]),
    foreground: Number(fields[5]),
    ticks: Number(fields[11]) + Number(fields[12]),
    start: Number(fields[19]),
  }
}
