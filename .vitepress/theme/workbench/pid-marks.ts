import type { IDecoration, Terminal } from '@xterm/xterm'
import { watch } from 'vue'
import type { Workers } from '../machine/worker-state.ts'
import { colourOf, letterOf, pidsIn } from '../machine/workers.ts'
import { whenSettled } from './settled.ts'

interface Found {
  /** Of the buffer. */
  row: number
  /** Columns. */
  from: number
  to: number
  pid: number
  letter: string
  /** There is room for its letter behind it. */
  isRoomy: boolean
}

interface Shown {
  decoration: IDecoration
  place: Found
}

/**
 * Marks workers' pids in the rows of a terminal that are seen: never more than a screen is looked through, and in a
 * flood twice a second.
 *
 * @returns ends it
 */
export function markPids(terminal: Terminal, { marks, lit }: Workers): () => void {
  let shown: Shown[] = []
  const settled = whenSettled(terminal, look)
  const leave = [watch(marks, settled.soon), watch(lit, light)]
  return () => {
    settled.end()
    for (const stop of leave) stop()
  }

  function look(): void {
    if (marks.value.length === 0 && shown.length === 0) return
    const { active } = terminal.buffer
    // A program that has the whole screen draws it as it likes.
    const found = active.type === 'normal' ? findPids() : new Map<string, Found>()
    shown = shown.filter(({ decoration, place }) => {
      // Lines above may have gone meanwhile.
      const isThere = found.delete(keyOf({ ...place, row: decoration.marker.line }))
      if (!isThere) decoration.dispose()
      return isThere
    })
    for (const place of found.values()) show(place)
  }

  function findPids(): Map<string, Found> {
    const { active } = terminal.buffer
    const found = new Map<string, Found>()
    for (let row = active.viewportY; row < active.viewportY + terminal.rows; row++) {
      const line = active.getLine(row)?.translateToString(true) ?? ''
      for (const { from, to, pid } of pidsIn(line, marks.value)) {
        const isRoomy = (line[to] ?? ' ') === ' '
        const place = { row, from, to, pid, letter: letterOf(marks.value, pid)!, isRoomy }
        found.set(keyOf(place), place)
      }
    }
    return found
  }

  function show(place: Found): void {
    const { row, from, to, pid, letter, isRoomy } = place
    const { baseY, cursorY } = terminal.buffer.active
    const marker = terminal.registerMarker(row - baseY - cursorY)
    const decoration = terminal.registerDecoration({ marker, x: from, width: to - from, layer: 'top' })
    if (!decoration) {
      marker.dispose()
      return
    }
    shown.push({ decoration, place })
    decoration.onDispose(() => marker.dispose())
    decoration.onRender(element => {
      if (element.dataset.workerTag) return
      element.classList.add('worker-pid')
      element.classList.toggle('lit', lit.value === pid)
      element.dataset.workerTag = String(pid)
      if (isRoomy) element.dataset.letter = letter
      element.style.fontSize = `${terminal.options.fontSize}px`
      element.style.setProperty('--worker', colourOf(marks.value, pid) ?? '')
      element.addEventListener('mouseenter', () => {
        lit.value = pid
      })
      element.addEventListener('mouseleave', () => {
        if (lit.value === pid) lit.value = undefined
      })
    })
  }

  function light(): void {
    for (const { decoration, place } of shown)
      decoration.element?.classList.toggle('lit', lit.value === place.pid)
  }
}

function keyOf({ row, from, pid, letter, isRoomy }: Found): string {
  return `${row} ${from} ${pid} ${letter} ${isRoomy}`
}
