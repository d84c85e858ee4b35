/** Whether a `checks.ts` from elsewhere fits the machine that it asks: Node only strips its types. */
import { existsSync } from 'node:fs'
import path from 'node:path'
import { ROOT } from '../course/places.ts'
import { stampOf } from '../workbench/fresh.ts'
import type { Problem } from './page-problems.ts'

/** Of types that only its author has installed: modules, and the names that they bring. */
const NOT_HERE = [2307, 2580, 2584, 2591, 7016]
const NO_MODULE = 2307
/** As it is written, in quotes. */
const OURS = /^.reuseport-playground\b/
const TODO = 'correct it; the fields of the machine are in the guide, under Checks'

/** By file and state: `--watch` asks again after each save. */
const known = new Map<string, { stamp: string; problems: Problem[] }>()

/** @param files of one command, checked together; our own are checked by `npm run types` */
export async function typeProblems(files: readonly string[]): Promise<Problem[]> {
  const foreign = files.filter(file => existsSync(file) && path.relative(ROOT, file).startsWith('..'))
  const stamps = new Map(await Promise.all(foreign.map(async file => [file, await stampOf(file)] as const)))
  const changed = foreign.filter(file => known.get(file)?.stamp !== stamps.get(file))
  if (changed.length > 0)
    for (const [file, problems] of await check(changed))
      known.set(file, { stamp: stamps.get(file)!, problems })
  return foreign.flatMap(file => known.get(file)!.problems)
}

async function check(files: readonly string[]): Promise<Map<string, Problem[]>> {
  // A second to load, and nobody else needs it.
  const { default: ts } = await import('typescript')
  const program = ts.createProgram(files, {
    noEmit: true,
    strict: true,
    // The machine need not be typed to be used.
    noImplicitAny: false,
    skipLibCheck: true,
    allowImportingTsExtensions: true,
    target: ts.ScriptTarget.ESNext,
    module: ts.ModuleKind.NodeNext,
    lib: ['lib.esnext.d.ts'],
    types: ['node'],
    typeRoots: [path.join(ROOT, 'node_modules/@types')],
    paths: { 'reuseport-playground/checks': [path.join(ROOT, 'playground/check-kit.ts')] },
  })
  return new Map(
    files.map(file => {
      const source = program.getSourceFile(file)!
      const found = program.getSemanticDiagnostics(source).filter(({ code, start = 0, length }) => {
        const isOurs = OURS.test(source.text.slice(start, start + (length ?? 0)))
        return !NOT_HERE.includes(code) || (code === NO_MODULE && isOurs)
      })
      return [
        file,
        found.map(({ code, start = 0, length = 0, messageText }): Problem => {
          const line = source.getLineAndCharacterOfPosition(start).line + 1
          const written = source.text.slice(start, start + length)
          if (code === NO_MODULE)
            return {
              file,
              line,
              what: `there is no module ${written}`,
              todo: "write 'reuseport-playground/checks'",
            }
          const [what] = ts.flattenDiagnosticMessageText(messageText, ' ').split('\n')
          return {
            file,
            line,
            what: what!
              .replace(/\.$/, '')
              .replaceAll(/\.?\s{2,}/g, ': ')
              .replaceAll("'", '`'),
            todo: TODO,
          }
        }),
      ]
    }),
  )
}
