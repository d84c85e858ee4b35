import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test, vi } from 'vitest'
import { expectOneLine, useHome } from './harness/running.ts'

const repo = join(import.meta.dirname, '..')
const home = useHome()
const { run } = home

describe('start.mjs', () => {
  const carrier = `node-${process.platform}-${process.arch}`

  /** A copy of the start in a tree of its own; its package.json pins `version`. */
  function tree(version: string | undefined): string {
    const root = join(home.folder, 'tree')
    mkdirSync(join(root, 'playground'), { recursive: true })
    copyFileSync(join(repo, 'playground', 'start.mjs'), join(root, 'playground', 'start.mjs'))
    const optionalDependencies = version === undefined ? {} : { [carrier]: version }
    writeFileSync(join(root, 'package.json'), JSON.stringify({ type: 'module', optionalDependencies }))
    return root
  }

  test('without dependencies: one line', () =>
    expectOneLine(run(tree(process.versions.node), './a.ts'), /not installed; run: npm install$/m))

  test('without the pinned Node, which npm leaves out silently: one line', async () => {
    const root = tree('99.1.2')
    mkdirSync(join(root, 'node_modules'))
    const line = new RegExp(
      `^Node 99\\.1\\.2 \\(${carrier}\\) was not installed; run: npm ci --include=optional$`,
      'm',
    )
    await expectOneLine(run(root, './a.ts'), line)
  })

  test('run by another Node than the pinned one: one line', async () => {
    const root = tree('99.1.2')
    mkdirSync(join(root, 'node_modules', carrier, 'bin'), { recursive: true })
    writeFileSync(join(root, 'node_modules', carrier, 'bin', 'node'), '')
    await expectOneLine(
      run(root, './a.ts'),
      new RegExp(
        `^npm has not linked Node 99\\.1\\.2 into node_modules/\\.bin; run: npm rebuild ${carrier}$`,
        'm',
      ),
    )
    mkdirSync(join(root, 'node_modules', '.bin'))
    writeFileSync(join(root, 'node_modules', '.bin', 'node'), '')
    await expectOneLine(run(root, './a.ts'), /^this is Node [\d.]+; run it with npm, .* Node 99\.1\.2$/m)
  })

  test('on musl: one line, the doctor too', async () => {
    const fake = join(home.folder, 'musl.mjs')
    writeFileSync(fake, 'process.report.getReport = () => ({ header: {} })\n')
    vi.stubEnv('NODE_OPTIONS', `--import=${fake}`)
    const line =
      /^this system has musl \(Alpine\), .*; use one with glibc: Debian, Ubuntu, Fedora, or a container of one$/m
    try {
      for (const module of ['./main.ts', './doctor.ts']) await expectOneLine(run(repo, module), line)
    } finally {
      vi.unstubAllEnvs()
    }
  })

  test('the doctor says of the Node that npm runs on that its warning is harmless, if it is another', async () => {
    const says = async (agent: string) => {
      vi.stubEnv('npm_config_user_agent', agent)
      try {
        const { ended, text } = run(repo, './doctor.ts')
        await ended
        return text()
      } finally {
        vi.unstubAllEnvs()
      }
    }
    expect(await says('npm/10.8.2 node/v20.19.4 linux x64 workspaces/false')).toMatch(
      /^npm runs on Node 20\.19\.4, its scripts on [\d.]+: npm's warning EBADENGINE is harmless\.$/m,
    )
    expect(await says(`npm/11.0.0 node/${process.version} linux x64`)).not.toContain('EBADENGINE')
  })

  test('without a module, or with one that is not there: one line', async () => {
    const root = tree(process.versions.node)
    mkdirSync(join(root, 'node_modules'))
    await expectOneLine(run(root), /^usage: /)
    await expectOneLine(run(root, './a.ts'), /a\.ts is not there$/m)
    await expectOneLine(run(root, 'a/b.js'), /node_modules\/a\/b\.js is not there$/m)
  })

  for (const version of [process.versions.node, undefined]) {
    test(`the ${version ? 'pinned' : 'only possible'} Node runs the module as if it had been called itself`, async () => {
      const root = tree(version)
      const body =
        'const args: string[] = process.argv\nconsole.log(JSON.stringify(args))\nprocess.exitCode = 7\n'
      mkdirSync(join(root, 'node_modules', 'a'), { recursive: true })
      writeFileSync(join(root, 'playground', 'a.ts'), body)
      writeFileSync(join(root, 'node_modules', 'a', 'b.mjs'), body.replace(': string[]', ''))
      for (const [module, file] of [
        ['./a.ts', join(root, 'playground', 'a.ts')],
        ['a/b.mjs', join(root, 'node_modules', 'a', 'b.mjs')],
      ] as const) {
        const { ended, text } = run(root, module, '--port', '1', 'x y')
        expect(await ended).toBe(7)
        expect(JSON.parse(text())).toEqual([process.execPath, file, '--port', '1', 'x y'])
      }
    })
  }

  test('this repository pins the Node that runs the tests', () => {
    const { optionalDependencies } = JSON.parse(readFileSync(join(repo, 'package.json'), 'utf8'))
    if (carrier in optionalDependencies) expect(optionalDependencies[carrier]).toBe(process.versions.node)
    else expect(Number.parseInt(process.versions.node, 10)).toBeGreaterThanOrEqual(24)
  })
})
