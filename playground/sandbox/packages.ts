/** What lessons' scripts may import: where Node looks for it, beside their folders. */
import { randomUUID } from 'node:crypto'
import { mkdir, readlink, rename, symlink } from 'node:fs/promises'
import path from 'node:path'

const ROOT = path.join(import.meta.dirname, '../..')

/** By name below a folder that holds workspaces; `@koromix` holds koffi's binary. */
export const PACKAGES = ['node_modules/koffi', 'node_modules/@koromix'].map(name => ({
  name,
  folder: path.join(ROOT, name),
}))

/** For programs that see the host's files; a sandbox with files of its own binds them. One not installed dangles. */
export async function linkPackages(base: string): Promise<void> {
  await mkdir(path.join(base, 'node_modules'), { recursive: true })
  await Promise.all(
    PACKAGES.map(async ({ name, folder }) => {
      const file = path.join(base, name)
      if ((await readlink(file).catch(() => undefined)) === folder) return
      // Whole at any moment, as the programs of other lessons read it meanwhile.
      const part = `${file}.${randomUUID()}`
      await symlink(folder, part)
      await rename(part, file)
    }),
  )
}
