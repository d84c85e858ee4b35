/** The bench runs, and what follows from the design rather than from the machine's speed holds. */
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { HIGH_WATER } from '../playground/terminal/flow.ts'
import { IDLE_PANE } from './bench/panes.ts'
import type { Report } from './bench/report.ts'
import { needsSandbox } from './harness/needs.ts'

const SERVERS = ['ours', 'naive']

test('a quick run measures everything, and what is bounded is', { timeout: 300_000 }, async context => {
  await needsSandbox(context)
  const { stdout, markdown, report } = await run('--quick')
  const { names, rows } = report
  expect(names).toEqual(expect.arrayContaining(SERVERS))
  expect(rows.length).toBeGreaterThanOrEqual(14)
  for (const row of rows)
    for (const name of SERVERS)
      expect(row.rounds[name], `${row.measure} of ${name}`).toEqual([expect.any(Number)])

  const ours = (pattern: RegExp) => rows.find(row => pattern.test(row.measure))!.rounds.ours![0]
  // Credit, the frame that crosses its mark, and what was read while it was sent.
  expect(ours(/waiting in that page/)).toBeLessThan((HIGH_WATER + 512 * 1024) / 1e6)
  expect(ours(/reads nothing/)).toBeLessThan(32)
  for (const how of ['close', 'SIGTERM', 'kill -9']) expect(ours(new RegExp(`left after ${how}`))).toBe(0)

  for (const { measure } of rows) {
    expect(stdout).toContain(measure)
    expect(markdown).toContain(`| ${measure}`)
  }
})

test('a pane that waits at its prompt takes little memory', { timeout: 300_000 }, async context => {
  await needsSandbox(context)
  const { report } = await run('--only', 'memory')
  // The count, not what is resident: whether pages are given back is chance.
  expect(report.rows[1]!.rounds.ours![0]).toBeLessThan(IDLE_PANE.kept)
})

async function run(...options: string[]): Promise<{ stdout: string; markdown: string; report: Report }> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'playground-test-'))
  try {
    const json = path.join(folder, 'bench.json')
    const markdown = path.join(folder, 'bench.md')
    const args = ['test/bench/bench.ts', ...options, '--json', json, '--markdown', markdown]
    const { stdout } = await promisify(execFile)(process.execPath, args)
    return {
      stdout,
      markdown: await readFile(markdown, 'utf8'),
      report: JSON.parse(await readFile(json, 'utf8')),
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
