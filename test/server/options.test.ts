import { describe, expect, test } from 'vitest'
import { parseOptions, USAGE } from '../../playground/server/options.ts'

const defaults = {
  port: 5173,
  host: '127.0.0.1',
  open: false,
  built: false,
  newKey: false,
  lessons: undefined,
  withOurs: false,
  sandboxes: 12,
  idle: 30,
  memory: 1024,
  processes: 1024,
  help: false,
}

const good: [string[], object][] = [
  [[], {}],
  [['--port', '8000'], { port: 8000 }],
  [['--port=0'], { port: 0 }],
  [['--port', '65535', '--open'], { port: 65535, open: true }],
  [['--host', 'localhost'], {}],
  [['--host', '::1'], { host: '::1' }],
  [['--built', '--new-key'], { built: true, newKey: true }],
  [['--sandboxes', '1', '--idle', '600'], { sandboxes: 1, idle: 600 }],
  [['--lessons', '../mine', '--with-ours'], { lessons: '../mine', withOurs: true }],
  [['-h'], { help: true }],
]
for (const [args, wanted] of good) {
  test(`${args.join(' ') || 'nothing'} is understood`, () =>
    expect(parseOptions(args)).toEqual({ ...defaults, ...wanted }))
}

const bad: [string[], RegExp][] = [
  [['--sandboxes', '0'], /^--sandboxes 0 is refused; give a whole number from 1 to 1000/],
  [['--lessons', '12'], /^--lessons 12 is refused: it takes a folder; .* --sandboxes N/],
  [['--with-ours'], /^--with-ours goes with --lessons DIR/],
  [['--idle', 'never'], /^--idle never is refused; give a whole number from 1 to 10080/],
  [['--port'], /^--port needs a value; .*--help/],
  [['--port', '65536'], /^--port 65536 is not a port; give a number from 0 to 65535/],
  [['--port', '80.5'], /^--port 80\.5 is not a port/],
  [['--port='], /^--port {2}is not a port/],
  [['--port', '-1'], /^--port -1 is not a port/],
  [['--port', 'http'], /^--port http is not a port/],
  [['--prot', '80'], /^unknown option --prot/],
  [['-p', '80'], /^unknown option -p/],
  [['--toString'], /^unknown option --toString/],
  [['--open=yes'], /^--open takes no value/],
  [['5173'], /^unexpected "5173"/],
  [['--', 'x'], /^unexpected "x"/],
  [['--host', '0.0.0.0'], /^--host 0\.0\.0\.0 is refused: .* ssh -L/],
  [['--host', '::'], /^--host :: is refused/],
  [['--host', '192.168.1.1'], /is refused/],
  [['--host', 'localhost.evil.example'], /is refused/],
]
for (const [args, line] of bad) {
  test(`${args.join(' ')} is one line that says why`, () => {
    expect(() => parseOptions(args)).toThrow(expect.objectContaining({ name: 'StartError' }))
    expect(() => parseOptions(args)).toThrow(line)
    expect(() => parseOptions(args)).not.toThrow(/\n/)
  })
}

test('what is quoted moves no cursor and begins no line', () => {
  expect(() => parseOptions(['--port', '80\n\x1b[31m'])).toThrow(/^--port 80\uFFFD\[31m is not a port/)
})

describe('the usage', () => {
  test('names every option', () => {
    for (const option of ['--port', '--host', '--open', '--built', '--new-key', '--help']) {
      expect(USAGE).toContain(option)
    }
  })
})
