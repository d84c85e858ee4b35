import { computed, onBeforeUnmount, ref, watch } from 'vue'
import type { Machine } from '../../../playground/protocol.ts'
import { type Run, runsOf } from './lanes.ts'

/** A run that took less is slowed down to it. Milliseconds. */
const PLAY_MS = 6000

export type Replay = ReturnType<typeof createReplay>

/** Shows a machine as it was: the run that is chosen, at the time that is chosen; live where none is. */
export function createReplay(history: () => readonly Machine[]) {
  const runs = computed(() => runsOf(history()))
  /** When it began; undefined: the latest. */
  const chosen = ref<number>()
  const run = computed<Run | undefined>(
    () => runs.value.find(({ from }) => from === chosen.value) ?? runs.value.at(-1),
  )
  const at = ref<number>()
  const playing = ref(false)
  let frame = 0
  let last = 0

  const slowdown = computed(() => (run.value ? Math.max(1, PLAY_MS / (run.value.to - run.value.from)) : 1))
  /** Of what is shown: all up to this time. */
  const states = computed<readonly Machine[]>(() => {
    const { value: time } = at
    if (time === undefined) return history()
    const index = history().findLastIndex(machine => machine.at <= time)
    return history().slice(0, Math.max(index, 0) + 1)
  })

  // What is new is looked at as it comes, and so is a sandbox that starts over.
  watch(
    () => runs.value.at(-1)?.from,
    () => {
      if (!playing.value) live()
    },
  )
  onBeforeUnmount(() => cancelAnimationFrame(frame))

  return {
    runs,
    run,
    at,
    playing,
    slowdown,
    states,
    live,
    seek(time: number): void {
      stop()
      at.value = time
    },
    /** By so many runs. */
    choose(by: number): void {
      const index = runs.value.indexOf(run.value!)
      const next = runs.value[index + by]
      if (!next) return
      stop()
      chosen.value = by > 0 && index + by === runs.value.length - 1 ? undefined : next.from
      at.value = next.from
    },
    /** To the next state, which is another picture; behind the last one, the first. */
    next(): void {
      const { value: shown } = run
      if (!shown) return
      stop()
      const later = history().find(machine => machine.at > (at.value ?? shown.to) && machine.at <= shown.to)
      at.value = later?.at ?? shown.from
    },
    toggle(): void {
      const { value: shown } = run
      const goesOn = playing.value
      stop()
      if (goesOn || !shown) return
      if (at.value === undefined || at.value >= shown.to) at.value = shown.from
      playing.value = true
      last = performance.now()
      frame = requestAnimationFrame(step)
    },
  }

  function live(): void {
    stop()
    chosen.value = undefined
    at.value = undefined
  }

  function stop(): void {
    playing.value = false
    cancelAnimationFrame(frame)
  }

  function step(now: number): void {
    const { value: shown } = run
    if (!shown || at.value === undefined) {
      live()
      return
    }
    const next = at.value + (now - last) / slowdown.value
    last = now
    at.value = Math.min(next, shown.to)
    if (next >= shown.to) stop()
    else frame = requestAnimationFrame(step)
  }
}
