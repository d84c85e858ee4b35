/** What programs in a sandbox begin with. */
import path from 'node:path'

/** Whole, because the caller's may lead into homes, which are not seen inside. */
export const SYSTEM_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'
export const RC_FILE = path.join(import.meta.dirname, 'shell.bash')

export function environment(home: string, nodeFolder: string): Record<string, string> {
  return {
    HOME: home,
    PATH: `${nodeFolder}:${SYSTEM_PATH}`,
    USER: 'learner',
    LOGNAME: 'learner',
    SHELL: '/bin/bash',
    TERM: 'xterm-256color',
    COLORTERM: 'truecolor',
    LANG: 'C.UTF-8',
    TZ: 'UTC',
    // The learner's folder holds scripts, not what Python makes of them.
    PYTHONDONTWRITEBYTECODE: '1',
  }
}
