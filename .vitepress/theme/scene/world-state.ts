import { computed, nextTick, ref, shallowRef, watch } from 'vue'
import { type LoadName, linkTo, type Play, parsePlay } from '../../../playground/format/scene.ts'
import { PANES } from '../../../playground/protocol.ts'
import { get, post } from '../connection/post.ts'
import { createTerminals } from '../connection/terminals.ts'
import { createMachineState } from '../lesson/machine-state.ts'
import { createAsks } from './asks.ts'
import { answersOf } from './tail.ts'

export type WorldState = ReturnType<typeof createWorldState>

/** One sandbox of the playground, as far as the page knows it. Who creates it closes it. */
export function createWorldState(name: string) {
  const terminals = createTerminals(name, [...PANES], {
    message(pane, message) {
      if (message.type === 'hello')
        Object.assign(terminals.panes[pane]!, { state: message.state, status: undefined })
      if (message.type === 'state') terminals.panes[pane]!.state = message.state
      if (message.type === 'exit')
        Object.assign(terminals.panes[pane]!, { state: 'ended', status: message.status })
    },
    link(_, { kind }) {
      if (kind === 'connected') machine.retry()
    },
    notice() {
      // The pane shows it.
    },
  })
  const machine = createMachineState(name, (state, load) => ({ ...state, answers: answersOf(load) }))
  /** What runs here; undefined: nothing that this page has started. */
  const play = shallowRef<Play>()
  /** Counts the scenes that this page has started here. */
  const started = ref(0)
  /** Its terminals, the reader's own ones last. */
  const names = ref<string[]>([...PANES])
  /** What could not be done last, one sentence. */
  const refused = shallowRef('')
  /** Of scenes that were chosen one after another only the last one is played. */
  let turn = 0
  let isReplaying = false
  /** What its load is set to, by whomever; undefined before it has said so. */
  const settings = computed(() => machine.load.value.at(-1)?.settings as Record<LoadName, number> | undefined)

  // Another tab has started another scene here.
  watch(machine.scene, now => {
    if (now?.link === undefined || !play.value || now.link === linkTo(play.value)) return
    play.value = parsePlay(new URLSearchParams(now.link))?.play
  })

  async function tried(work: () => Promise<unknown>): Promise<void> {
    refused.value = ''
    await work().catch((error: Error) => {
      refused.value = error.message
    })
  }

  const asks = createAsks((request, over) => tried(() => post(`act/${name}`, request).finally(over)))

  return {
    name,
    ...terminals,
    machine: machine.machine,
    scene: machine.scene,
    load: machine.load,
    settings,
    faults: machine.faults,
    history: machine.history,
    workers: machine.workers,
    play,
    started,
    names,
    refused,
    /**
     * Joins the scene that runs here, as somebody who comes back.
     *
     * @param wanted nothing: whichever it is
     * @returns undefined: there is none
     */
    async join(wanted?: Play): Promise<Play | undefined> {
      terminals.needed.value = true
      // How its scene is has been told before.
      if (!machine.machine.value)
        await new Promise<void>(told => watch(machine.machine, () => told(), { once: true }))
      const { state, link } = machine.scene.value ?? {}
      if (play.value || state === undefined || state === 'ended') return undefined
      if (wanted && linkTo(wanted) !== link) return undefined
      play.value = parsePlay(new URLSearchParams(link))?.play
      return play.value
    },
    /** Ends what runs here, and plays this in a fresh sandbox. */
    async start(wanted: Play): Promise<void> {
      terminals.needed.value = true
      asks.clear()
      turn++
      const mine = turn
      await tried(async () => {
        const leave = terminals.leave()
        await post(`reset/${name}`)
        leave()
        if (turn !== mine) return
        play.value = wanted
        started.value++
        machine.clear()
        // What ends it for another one is no news.
        await post(`act/${name}`, { play: wanted }).catch((error: Error) => {
          if (turn === mine) throw error
        })
      })
    },
    /** Connects again; where the sandbox has ended its scene is played in a fresh one, with the files as they are. */
    retry(): void {
      const { value: wanted } = play
      const isOver = machine.scene.value?.state === 'ended'
      terminals.retry()
      if (!wanted || !isOver || isReplaying) return
      isReplaying = true
      machine.clear()
      void tried(() => post(`act/${name}`, { play: wanted })).finally(() => {
        isReplaying = false
      })
    },
    /** Ends what runs here, for good. */
    async end(): Promise<void> {
      terminals.leave()
      close()
      await tried(() => post(`reset/${name}`))
    },
    /** Has something done to it, after what was asked before. */
    act(request: { act: string; value?: number; pid?: number; script?: string }): void {
      // Of a slider's moves only the last one counts.
      asks.add(`${request.act} ${request.pid ?? request.script ?? ''}`, request)
    },
    /** Whether an act of this name is on its way. */
    isAsked: asks.has,
    addShell(pane: string): void {
      terminals.add(pane)
      names.value = [...names.value, pane]
    },
    /** Ends its shell, too. */
    closeShell(pane: string): Promise<void> {
      names.value = names.value.filter(other => other !== pane)
      return tried(async () => {
        // Its screen leaves first: it would come back.
        await nextTick()
        terminals.remove(pane)
        await post(`act/${name}`, { act: 'close', pane })
      })
    },
    /** @throws Error with the server's line */
    transcript: async () => (await get(`transcript/${name}`)).text(),
    /** Hands the scene's files to the browser, to be saved. */
    takeArchive: () => tried(() => saveArchive(name, play.value?.scene ?? 'scene')),
    close,
  }

  function close(): void {
    terminals.close()
    machine.close()
  }
}

async function saveArchive(world: string, scene: string): Promise<void> {
  const bytes = await (await get(`archive/${world}`)).blob()
  const link = document.createElement('a')
  link.href = URL.createObjectURL(bytes)
  link.download = `${scene}.tar.gz`
  link.click()
  URL.revokeObjectURL(link.href)
}
