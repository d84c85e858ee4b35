/** Opens the link in the user's browser. */
import { spawn } from 'node:child_process'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

/**
 * Everyone on the machine can read the command lines of all programs. So the browser is not given the link but a
 * page in the private state folder that leads to it. If that fails there is a line in the log, nothing else.
 */
export async function openBrowser(link: string, state: string, log: (line: string) => void): Promise<void> {
  const page = pageIn(state)
  // Neither the key nor a port has a character that HTML would need escaped.
  const html = `<!doctype html><meta charset="utf-8"><meta http-equiv="refresh" content="0; url=${link}">\n`
  await rm(page, { force: true })
  await writeFile(page, html, { mode: 0o600, flag: 'wx' })
  const program = process.platform === 'darwin' ? 'open' : 'xdg-open'
  const child = spawn(program, [pathToFileURL(page).href], { stdio: 'ignore', detached: true })
  child.on('error', error => log(`no browser was opened (${error.message}); open the link yourself`))
  child.on('exit', code => {
    if (code) log(`no browser was opened (${program} ended with ${code}); open the link yourself`)
  })
  child.unref()
}

/** The page is of no use once the server is gone. */
export async function forgetBrowser(state: string): Promise<void> {
  await rm(pageIn(state), { force: true })
}

function pageIn(state: string): string {
  return join(state, 'open.html')
}
