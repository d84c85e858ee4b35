/** The way through the course: what is there, what is planned, and what to take when time is short. */

export interface CourseEntry {
  /** Two digits. */
  number: string
  title: string
  /** One line. */
  about: string
  /** Undefined: not written yet. */
  link?: string
  minutes?: number
  /** Belongs to the path of 90 minutes. */
  short: boolean
}

/** Lessons that are yet to be written; one that exists takes the place of its entry here. */
export const planned: Pick<CourseEntry, 'number' | 'title' | 'about'>[] = [
  {
    number: '04',
    title: 'Load distribution',
    about: 'A hash, not turns: when shares are even, and when not.',
  },
  { number: '05', title: 'Fault tolerance', about: 'A worker dies. Which connections die with it?' },
  {
    number: '06',
    title: 'Scale and restart',
    about: 'Add and replace workers under load, and lose no request.',
  },
  { number: '07', title: 'Shared state', about: 'What goes wrong when workers write the same data.' },
  { number: '08', title: 'Observe', about: 'ss, strace, htop and /proc: what each of them shows.' },
  { number: '09', title: 'Pitfalls', about: 'The mistakes that look like success.' },
  { number: '10', title: 'Kernel support', about: 'What came with which kernel, and how to probe for it.' },
  { number: '11', title: 'nginx', about: 'What listen … reuseport changes in a real web server.' },
  { number: '12', title: 'UDP and streaming', about: 'Flows without connections, and what moves them.' },
  { number: '13', title: 'Steering', about: 'A BPF program chooses the worker, and you predict it.' },
  { number: '14', title: 'Containers', about: 'Network namespaces: who can share a port with whom.' },
  { number: '15', title: 'Recap', about: 'What the kernel does, on one page.' },
]

/** Numbers of the lessons that fit into 90 minutes. */
export const shortPath = ['01', '02', '03', '04', '05']
