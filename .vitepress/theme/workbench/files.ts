import { ref } from 'vue'
import { createOpenFiles, type OpenFile, type OpenFiles } from './open-files.ts'

/** What can be taken back: files as they were before the last thing that was done to them. */
interface Undo {
  what: string
  files: { path: string; text: string }[]
}

/** The files of a lesson's workspace, on its page. What goes wrong is said in `trouble`, one line. */
export function createFiles(slug: string) {
  const files = createOpenFiles(slug)
  const { list, isAll, open, shown, current, change, read, refresh, load, store, close } = files
  const trouble = ref('')
  const undo = ref<Undo>()
  const isDirty = (path: string) =>
    open.get(path) !== undefined && open.get(path)!.text !== open.get(path)!.saved

  /**
   * One thing after another: each begins from the versions that the one before has left. Beside each other a rename
   * would name a version that a save is about to replace, and a look would put back what it had read before the save.
   */
  let last = Promise.resolve()

  /** For what nobody has asked for: what was said before stays. Says what goes wrong, and goes on. */
  function goOn(work: () => Promise<void>): Promise<void> {
    last = last.then(work).catch(error => {
      trouble.value = (error as Error).message
    })
    return last
  }

  /** As `goOn`, for what the reader has asked for. */
  const attempt = (work: () => Promise<void>): Promise<void> =>
    goOn(() => {
      trouble.value = ''
      return work()
    })

  /** As `attempt`, with the file that is shown. */
  const withCurrent = (work: (file: OpenFile) => Promise<void>): Promise<void> =>
    attempt(async () => {
      if (current.value) await work(current.value)
    })

  return {
    list,
    isAll,
    open,
    current,
    trouble,
    undo,
    isDirty,
    /** What has changed meanwhile, by a terminal or another tab: a file without changes here follows it. */
    look: () =>
      goOn(async () => {
        await refresh()
        const file = current.value
        if (!file) return
        compare(file, await read(file.path).catch(() => undefined))
      }),
    show: (path: string) =>
      attempt(async () => {
        if (!open.has(path)) await load(path)
        shown.value = path
      }),
    save: () =>
      withCurrent(async file => {
        if (await store(file, file.text)) await refresh()
      }),
    /** Of the two versions: mine. */
    keepMine: () =>
      withCurrent(async file => {
        file.version = file.conflict?.version ?? null
        if (await store(file, file.text)) await refresh()
      }),
    /** Of the two versions: theirs. */
    takeTheirs: () =>
      withCurrent(async file => {
        const { conflict } = file
        if (!conflict) close(file.path)
        else Object.assign(file, { ...conflict, saved: conflict.text, conflict: undefined })
        await refresh()
      }),
    create: (path: string) =>
      attempt(async () => {
        assertName(path)
        const file: OpenFile = { path, text: '', saved: '', version: null }
        if (!(await store(file, ''))) throw new Error(`There is a file ${path} already.`)
        await refresh()
        open.set(path, file)
        shown.value = path
      }),
    rename: (to: string) =>
      withCurrent(async file => {
        assertName(to)
        if (!(await change(file, { do: 'rename', to }))) return
        const { text } = file
        close(file.path)
        Object.assign(await load(to), { text })
        shown.value = to
        await refresh()
      }),
    remove: () =>
      withCurrent(async file => {
        const answer = await change(file, { do: 'remove' })
        if (!answer) return
        undo.value = { what: `${file.path} was deleted.`, files: [{ path: file.path, text: answer.text }] }
        close(file.path)
        await refresh()
      }),
    /** Every script of the lesson as it was given; what was changed can be had back. */
    resetAll: () =>
      attempt(async () => {
        const before = await giveBackOriginals(files)
        if (before.length > 0)
          undo.value = { what: `${before.length} scripts are as they were given.`, files: before }
        await refresh()
      }),
    /** Nobody else's version is replaced by it, either. */
    takeBack: () =>
      attempt(async () => {
        const before = undo.value?.files ?? []
        undo.value = undefined
        await putBack(files, before)
        await refresh()
      }),
  }
}

/** @param there what the workspace has; undefined: nothing of this name */
function compare(file: OpenFile, there: { text: string; version: string } | undefined): void {
  if (there?.version === file.version) return
  if (!there) file.conflict = null
  else if (file.text === file.saved)
    Object.assign(file, { text: there.text, saved: there.text, version: there.version })
  else file.conflict = { text: there.text, version: there.version }
}

/** @returns the changed scripts as they were */
async function giveBackOriginals({ list, load, store }: OpenFiles): Promise<Undo['files']> {
  const before: Undo['files'] = []
  for (const { path } of list.value.filter(({ state }) => state === 'changed')) {
    const file = await load(path)
    if (file.original === undefined) continue
    const { text } = file
    if (!(await store(file, file.original))) continue
    file.text = file.original
    before.push({ path, text })
  }
  return before
}

async function putBack({ open, load, store }: OpenFiles, before: Undo['files']): Promise<void> {
  for (const { path, text } of before) {
    const there = await load(path).catch(() => undefined)
    const file = there ?? { path, text, saved: '', version: null }
    if (!(await store(file, text))) throw new Error(`${path} has changed meanwhile.`)
    open.set(path, { ...file, text })
  }
}

/** The server would say so, too. */
function assertName(path: string): void {
  const isName = path.split('/').every(part => /^(?!\.{1,2}$)[^\p{Cc}]{1,100}$/u.test(part))
  if (!isName) throw new Error('Write a name in the workspace: mine.ts, or parts/mine.ts.')
}
