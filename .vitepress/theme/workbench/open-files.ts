import { computed, reactive, ref } from 'vue'
import type { FileAnswer, FileList } from '../../../playground/protocol.ts'
import { post } from '../connection/post.ts'

/** A file that is open on the page. */
export interface OpenFile {
  path: string
  /** As the reader has it; what they have not saved included. */
  text: string
  /** As it was read or saved last, and its version there. */
  saved: string
  version: string | null
  /** As the lesson gives it; undefined: it is the reader's own. */
  original?: string
  /** Somebody else has written it meanwhile; `null`: it is gone. */
  conflict?: { text: string; version: string } | null
}

export type OpenFiles = ReturnType<typeof createOpenFiles>

type Stored = Exclude<FileAnswer, { conflict: unknown }>

/** Which files a workspace has and which of them are open on the page, each with the version that it was made from. */
export function createOpenFiles(slug: string) {
  const list = ref<FileList['files']>([])
  const isAll = ref(true)
  const open = reactive(new Map<string, OpenFile>())
  const shown = ref<string>()
  const current = computed(() => (shown.value === undefined ? undefined : open.get(shown.value)))

  async function ask<Answer extends FileList | FileAnswer>(request: object): Promise<Answer> {
    return (await post(`files/${slug}`, request)).json()
  }

  /** Asks for a change of a file. Undefined: somebody else has changed it, which the file says from now on. */
  async function change(file: OpenFile, request: object): Promise<Stored | undefined> {
    const answer = await ask<FileAnswer>({ ...request, path: file.path, base: file.version })
    if (!('conflict' in answer)) return answer
    file.conflict = answer.conflict
    return undefined
  }

  async function read(path: string): Promise<Stored> {
    const answer = await ask<FileAnswer>({ do: 'read', path })
    if ('conflict' in answer) throw new Error(`${path} is gone.`)
    return answer
  }

  return {
    list,
    isAll,
    open,
    shown,
    current,
    change,
    read,
    async refresh(): Promise<void> {
      const found = await ask<FileList>({ do: 'list' })
      list.value = found.files
      isAll.value = found.isAll
    },
    /** Reads it anew; what was not saved is gone. */
    async load(path: string): Promise<OpenFile> {
      const { text, version, original } = await read(path)
      open.set(path, { path, text, saved: text, version, original })
      return open.get(path)!
    },
    /** @returns whether it is saved */
    async store(file: OpenFile, text: string): Promise<boolean> {
      const answer = await change(file, { do: 'save', text })
      if (answer) Object.assign(file, { saved: text, version: answer.version, conflict: undefined })
      return answer !== undefined
    },
    close(path: string): void {
      open.delete(path)
      if (shown.value === path) shown.value = undefined
    },
  }
}
