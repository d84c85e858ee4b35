/** What others copy for their CI: the action's script as a runner starts it, and the workflows' form. */
import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { needsProgram, needsSandbox } from './harness/needs.ts'
import { useHome } from './harness/running.ts'

const root = join(import.meta.dirname, '..')
const home = useHome()
const read = (name: string) => readFileSync(join(root, name), 'utf8')

function runScript(
  env: NodeJS.ProcessEnv,
  project = root,
): Promise<{ status: number; out: string; error: string }> {
  return new Promise(resolve =>
    execFile(
      'bash',
      [join(project, '.github/actions/verify/verify.sh')],
      { cwd: home.folder, env: { ...process.env, PLAYGROUND_SANDBOX: undefined, ...env } },
      (error, out, complaint) => resolve({ status: error ? Number(error.code) : 0, out, error: complaint }),
    ),
  )
}

test('the script proves a folder of lessons: annotations, JUnit, summary, and its status', async context => {
  await needsSandbox(context)
  needsProgram(context, 'npm', 'ss', 'python3')
  mkdirSync(join(home.folder, 'mine'))
  const page = (printed: string) =>
    `---\ntitle: A\ndescription: A.\n---\n\n\`\`\`console\n$ echo 1\n${printed}\n\`\`\`\n\n\`\`\`console requires=linux-999.0\n$ true\n\`\`\`\n`
  writeFileSync(join(home.folder, 'mine/01-a.md'), page('1'))
  const [report, summary, output] = ['report.xml', 'summary.md', 'output'].map(name =>
    join(home.folder, name),
  )
  const env = { LESSONS: 'mine', REPORT: report, GITHUB_STEP_SUMMARY: summary, GITHUB_OUTPUT: output }
  const good = await runScript(env)
  expect(good.status, good.error).toBe(0)
  expect(good.out).toContain('::notice file=mine/01-a.md,line=11,')
  expect(readFileSync(report!, 'utf8')).toContain('<testsuite name="mine/01-a.md" tests="2"')
  expect(readFileSync(output!, 'utf8')).toBe(`report=${report}\n`)
  expect(readFileSync(summary!, 'utf8')).toMatch(
    /^## verify\n\n`` 1 passed, .* 1 not applicable ``\n\n`` proven on Linux .* in bwrap, .* ``\n\n- `` mine\/01-a\.md, line 11, .*not applicable: .* ``\n$/,
  )
  writeFileSync(join(home.folder, 'mine/01-a.md'), page('2'))
  const bad = await runScript({ ...env, OPTIONS: '--repeat 2' })
  expect(bad.status).toBe(1)
  expect(bad.out).toContain('::error file=mine/01-a.md,line=8,')
  expect(bad.out).toContain('failed in 2 of 2 runs')
})

test('it installs what is missing, follows the lock file, and leaves alone what somebody else has installed', async context => {
  needsProgram(context, 'bwrap', 'npm', 'ss', 'python3')
  const project = join(home.folder, 'project')
  const inProject = (name: string, text: string, mode?: number) => {
    mkdirSync(dirname(join(project, name)), { recursive: true })
    writeFileSync(join(project, name), text, { mode })
  }
  const script = '.github/actions/verify/verify.sh'
  inProject(script, read(script))
  inProject('package-lock.json', '{}')
  inProject('playground/start.mjs', '')
  const npm = 'echo "$@" >>calls; mkdir -p node_modules; echo {} >node_modules/.package-lock.json'
  inProject('bin/npm', `#!/bin/sh\n${npm}\n`, 0o755)
  const calls = async () => {
    const env = { PATH: `${join(project, 'bin')}:${process.env.PATH}` }
    expect(await runScript(env, project)).toMatchObject({ status: 0 })
    return existsSync(join(project, 'calls'))
      ? readFileSync(join(project, 'calls'), 'utf8').trim().split('\n').length
      : 0
  }
  inProject('node_modules/.package-lock.json', '{}')
  inProject('package-lock.json', '{ "theirs": true }')
  expect(await calls()).toBe(0)
  rmSync(join(project, 'node_modules'), { recursive: true })
  expect(await calls()).toBe(1)
  expect(await calls()).toBe(1)
  inProject('package-lock.json', '{ "newer": true }')
  expect(await calls()).toBe(2)
  expect(readFileSync(join(project, 'calls'), 'utf8')).toMatch(/^(?:ci --omit=dev .*\n){2}$/)
})

test('workflows name what is there', () => {
  const action = parse(read('.github/actions/verify/action.yml'))
  const [, step] = action.runs.steps
  expect(step.run).toContain('verify.sh')
  const { scripts } = JSON.parse(read('package.json'))
  const verify = parse(read('.github/workflows/verify.yml'))
  expect(read('.github/workflows/verify.yml').trim().split('\n').length).toBeLessThanOrEqual(15)
  const used = verify.jobs.verify.steps.flatMap(({ uses }: { uses: string }) =>
    uses.startsWith('./') ? uses : [],
  )
  expect(used.map((path: string) => existsSync(join(root, path, 'action.yml')))).toEqual([true])
  for (const name of Object.keys(verify.jobs.verify.steps[1].with)) expect(action.inputs).toHaveProperty(name)
  for (const [, name] of read('.github/workflows/kernels.yml').matchAll(/npm run ([\w-]+)/g))
    expect(scripts).toHaveProperty(name!)
})
