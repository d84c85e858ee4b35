/** The programs of this repository as a user starts them: `start.mjs` with its arguments. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect } from 'vitest'

export interface Run {
  child: ChildProcess
  /** What it has printed on both until now. */
  text(): string
  printed(pattern: RegExp): Promise<RegExpExecArray>
  /** Exit status, or the signal's name. */
  ended: Promise<number | string>
}

export interface Home {
  /** A folder of each test's own: the working directory, first on PATH, with the state below it. */
  readonly folder: string
  /** @param root of the repository, or of what plays it */
  run(root: string, ...args: string[]): Run
}

/** What it runs is ended after each test. */
export function useHome(): Home {
  let folder: string
  let children: ChildProcess[]

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'start-test-'))
    children = []
  })
  afterEach(async () => {
    for (const child of children) {
      if (child.exitCode !== null || child.signalCode !== null) continue
      child.kill('SIGKILL')
      await once(child, 'exit')
    }
    rmSync(folder, { recursive: true, force: true })
  })

  return {
    get folder() {
      return folder
    },
    run,
  }

  function run(root: string, ...args: string[]): Run {
    const child = spawn(process.execPath, [join(root, 'playground', 'start.mjs'), ...args], {
      cwd: folder,
      env: {
        ...process.env,
        PATH: `${folder}:${process.env.PATH}`,
        XDG_STATE_HOME: join(folder, 'state'),
        NO_COLOR: '1',
      },
    })
    children.push(child)
    let text = ''
    const looks = new Set<() => void>()
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', chunk => {
        text += chunk
        for (const look of [...looks]) look()
      })
    }
    const printed = (pattern: RegExp) =>
      new Promise<RegExpExecArray>(resolve => {
        const look = () => {
          const match = pattern.exec(text)
          if (!match) return
          looks.delete(look)
          resolve(match)
        }
        looks.add(look)
        look()
      })
    const ended = once(child, 'close').then(([code, signal]) => code ?? signal)
    return { child, text: () => text, printed, ended }
  }
}

/** That it ends with 2 and one line. */
export async function expectOneLine({ ended, text }: Run, line: RegExp): Promise<void> {
  expect(await ended).toBe(2)
  expect(text()).toMatch(line)
  expect(text()).toMatch(/^[^\n]+\n$/)
}
