/** The results as text, as Markdown, and the machine they hold for. */
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import os from 'node:os'
import { promisify } from 'node:util'
import type { Row } from './measure.ts'
import { median, type Ratio, ratio } from './stats.ts'

export interface Report {
  machine: Machine
  /** Ours first. */
  names: string[]
  rows: Row[]
}

export interface Machine {
  processor: string
  cores: number
  kernel: string
  node: string
  ttyd?: string
  /** Load of the last minute, before and after: what other programs wanted of the machine as well. */
  load: [number, number]
}

export async function readMachine(): Promise<Machine> {
  const cpuinfo = await readFile('/proc/cpuinfo', 'utf8')
  const ttyd = await promisify(execFile)('ttyd', ['--version']).catch(() => undefined)
  return {
    processor: /^model name\s*:\s*(.+)$/m.exec(cpuinfo)?.[1] ?? os.arch(),
    cores: os.availableParallelism(),
    kernel: os.release(),
    node: process.versions.node,
    ttyd: ttyd?.stdout.match(/[\d.]+/)?.[0],
    load: [os.loadavg()[0]!, os.loadavg()[0]!],
  }
}

/** A table for a terminal. */
export function formatText(report: Report): string {
  const lines = [headOf(report), ...report.rows.map(row => cellsOf(report, row))]
  const widths = lines[0]!.map((_, column) => Math.max(...lines.map(line => line[column]!.length)))
  const text = lines.map(line =>
    line
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!)))
      .join('  '),
  )
  return [...text, '', machineLine(report.machine)].join('\n')
}

/** For `docs/guide/bench.md`. */
export function formatMarkdown(report: Report): string {
  const head = headOf(report)
  const line = (cells: string[]) => `| ${cells.join(' | ')} |`
  const align = head.map((_, column) => (column === 0 ? '---' : '--:'))
  const rows = report.rows.map(row => line(cellsOf(report, row)))
  return [line(head), line(align), ...rows, '', machineLine(report.machine)].join('\n')
}

function headOf({ names }: Report): string[] {
  return ['', ...names, ...names.slice(1).map(name => `ours ÷ ${name}`), 'wanted']
}

function cellsOf({ names }: Report, { measure, unit, rounds, words, target }: Row): string[] {
  const value = (name: string) => {
    const values = rounds[name]
    if (!values || values.length === 0) return ''
    const said = words?.[name]
    return said ? `${number(median(values))}: ${said}` : number(median(values))
  }
  const quotient = (name: string) => {
    const [ours, theirs] = [rounds.ours, rounds[name]]
    if (!ours || !theirs || theirs.every(each => each === 0)) return ''
    return range(ratio(ours, theirs))
  }
  const label = unit ? `${measure}, ${unit}` : measure
  return [label, ...names.map(value), ...names.slice(1).map(quotient), target ?? '']
}

function range({ median, least, most }: Ratio): string {
  // A word joiner: no line ends behind the dash.
  return least === most ? number(median) : `${number(median)} (${number(least)}–\u2060${number(most)})`
}

/** Three digits that count. */
function number(value: number): string {
  if (Number.isInteger(value) || Math.abs(value) >= 100) return value.toFixed(0)
  return Math.abs(value) >= 10 ? value.toFixed(1) : value.toFixed(2)
}

function machineLine({ processor, cores, kernel, node, ttyd, load }: Machine): string {
  const [before, after] = load.map(each => each.toFixed(1))
  const versions = `Linux ${kernel}, Node ${node}${ttyd ? `, ttyd ${ttyd}` : ''}`
  return `${cores} × ${processor}; ${versions}; load ${before} before, ${after} after.`
}
