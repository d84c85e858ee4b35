import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { LoadReport } from '../../playground/protocol.ts'
import { createReportReader } from '../../playground/scenes/load-report.ts'

const TEXT = `1.5 s: 98 answered, 2 lost, ms p50 2.1 p99 41.0 max 80.2\r
  ms 1:20 2:44 100:34  worker 12:50 13:48\r
`
const REPORT: LoadReport = {
  at: 1.5,
  answered: 98,
  lost: 2,
  p50: 2.1,
  p99: 41,
  longest: 80.2,
  times: [
    [1, 20],
    [2, 44],
    [100, 34],
  ],
  workers: [
    [12, 50],
    [13, 48],
  ],
}

function readAll(pieces: string[]): LoadReport[] {
  const reports: LoadReport[] = []
  const read = createReportReader(report => reports.push(report))
  pieces.forEach(read)
  return reports
}

test('in whatever pieces it comes, each whole report is read once', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(TEXT.length)), cuts => {
      const at = [0, ...cuts.sort((a, b) => a - b), TEXT.length]
      expect(readAll(at.slice(1).map((end, index) => TEXT.slice(at[index], end)))).toEqual([REPORT])
    }),
  )
})

test('a line that is folded is read whole, and each report has the settings that hold', () => {
  const settings = { rate: 300, connections: 256, 'keep-alive': 0, work: 1, wait: 0 }
  const said = 'settings: rate 300, connections 256, keep-alive 0, work 1, wait 0\r\n'
  const folds = TEXT.replace(' 2:44', ' \\\r\n    2:44').replace(' worker', '\\\r\n     worker')
  fc.assert(
    fc.property(fc.nat(said.length + folds.length), cut => {
      const text = said + folds
      expect(readAll([text.slice(0, cut), text.slice(cut)])).toEqual([{ ...REPORT, settings }])
    }),
  )
  const after = said.replace('300', '0') + TEXT
  expect(readAll([said + TEXT, after]).map(report => report.settings?.rate)).toEqual([300, 0])
})

test('half a second in which nothing was answered', () => {
  const text = '2.0 s: 0 answered, 7 lost, ms p50 0.0 p99 0.0 max 0.0\n  ms -  worker -\n'
  expect(readAll([text])).toEqual([
    { at: 2, answered: 0, lost: 7, p50: 0, p99: 0, longest: 0, times: [], workers: [] },
  ])
})

test('what else a program prints is no report, and is not kept', () => {
  const [first = '', second = ''] = TEXT.split('\r\n')
  expect(readAll([`${second}\n${first}\nsomething\n${second}\n`])).toEqual([])
  expect(readAll([`${first}\n${second} \\\n${second}\n${'x'.repeat(1e6)}\\\n`])).toEqual([])
  expect(readAll([`settings: rate many\nsettings: rate 1\n`, TEXT])).toEqual([REPORT])
  expect(readAll([`${first.replace('98', '9'.repeat(20))}\n${second}\n`])).toEqual([])
  expect(readAll(['x'.repeat(1e6), ...TEXT.split('x')])).toEqual([])
  const many = `  ms ${Array.from({ length: 300 }, (_, at) => `${at}:1`).join(' ')}  worker 1:1`
  expect(readAll([`${first}\n${many}\n`])[0]!.times).toHaveLength(64)
})

test.each(['1.2.3', '.', '1..5', '15', '1e9.0'])('%j is no number, and the page is given none', number => {
  expect(readAll([TEXT.replace('1.5', number)])).toEqual([])
  expect(readAll([TEXT.replace('2.1', number)])).toEqual([])
})

test('of a program that prints reports as fast as it can a few are read', () => {
  const reports = readAll(Array.from({ length: 1000 }, () => TEXT.repeat(10)))
  expect(reports.length).toBeGreaterThan(0)
  expect(reports.length).toBeLessThan(1000)
})

test('whatever comes, it does not throw, and a whole report after it is read', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'binary' })), pieces => {
      expect(readAll([...pieces, '\n', TEXT]).at(-1)).toEqual(REPORT)
    }),
  )
})
