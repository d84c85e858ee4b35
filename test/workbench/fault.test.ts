/** What Node 24 and Python 3.11 print, word for word but for the folder. */
import { expect, test } from 'vitest'
import { faultIn } from '../../playground/workbench/fault.ts'

const FOLDER = '/home/learner/02-x'
const read = (text: string) => faultIn(text.split('\n'), FOLDER)

test.each<[what: string, text: string, path: string, line: number, message: string]>([
  [
    'Node: thrown in a function',
    `file://${FOLDER}/throws.ts:3
  throw new RangeError(\`no port \${port}\`)
        ^

RangeError: no port 7
    at inner (file://${FOLDER}/throws.ts:3:9)
    at file://${FOLDER}/throws.ts:5:1
    at ModuleJob.run (node:internal/modules/esm/module_job:561:25)

Node.js v24.21.0`,
    'throws.ts',
    3,
    'RangeError: no port 7',
  ],
  [
    'Node: thrown by Node itself, awaited by a script',
    `node:internal/fs/promises:1345
  return new FileHandle(await PromisePrototypeThen(
                        ^

Error: ENOENT: no such file or directory, open '/nothing/here'
    at async open (node:internal/fs/promises:1345:25)
    at async readFile (node:internal/fs/promises:1996:14)
    at async file://${FOLDER}/sub/rejects.ts:2:14 {
  errno: -2,
  code: 'ENOENT',
}

Node.js v24.21.0
$ `,
    'sub/rejects.ts',
    2,
    "Error: ENOENT: no such file or directory, open '/nothing/here'",
  ],
  [
    'Node: a script that cannot be read',
    `node:internal/modules/run_main:107
    triggerUncaughtException(
    ^

file://${FOLDER}/syntax.ts:3
console.log(a

SyntaxError [ERR_INVALID_TYPESCRIPT_SYNTAX]: Expected ',', got '<eof>'
    at parseTypeScript (node:internal/modules/typescript:72:36)
    at processTypeScriptCode (node:internal/modules/typescript:146:42) {
  code: 'ERR_INVALID_TYPESCRIPT_SYNTAX'
}

Node.js v24.21.0`,
    'syntax.ts',
    3,
    "SyntaxError [ERR_INVALID_TYPESCRIPT_SYNTAX]: Expected ',', got '<eof>'",
  ],
  [
    'Node: the error, not the one that it holds',
    `file://${FOLDER}/cause.ts:3
  throw new Error('outer', { cause })
        ^

Error: outer
    at file://${FOLDER}/cause.ts:3:9
    at async node:internal/modules/esm/loader:647:26 {
  [cause]: TypeError: Cannot read properties of null (reading 'x')
      at helper (file://${FOLDER}/throws-lib.ts:2:9)
      at file://${FOLDER}/cause.ts:2:7
}

Node.js v24.21.0`,
    'cause.ts',
    3,
    'Error: outer',
  ],
  [
    'Python: the innermost place',
    `Traceback (most recent call last):
  File "${FOLDER}/throws.py", line 6, in <module>
    listen(8080)
  File "${FOLDER}/throws.py", line 4, in listen
    return socket.socket().bind(('192.0.2.1', port))
           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
OSError: [Errno 99] Cannot assign requested address`,
    'throws.py',
    4,
    'OSError: [Errno 99] Cannot assign requested address',
  ],
  [
    'Python: the innermost place of the reader’s own',
    `Traceback (most recent call last):
  File "${FOLDER}/wait.py", line 2, in <module>
    asyncio.run(7)
  File "/usr/lib/python3.11/asyncio/runners.py", line 190, in run
    return runner.run(main)
           ^^^^^^^^^^^^^^^^
ValueError: a coroutine was expected, got 7`,
    'wait.py',
    2,
    'ValueError: a coroutine was expected, got 7',
  ],
  [
    'Python: the last of two',
    `Traceback (most recent call last):
  File "${FOLDER}/chained.py", line 2, in <module>
    {}['x']
    ~~^^^^^
KeyError: 'x'

The above exception was the direct cause of the following exception:

Traceback (most recent call last):
  File "${FOLDER}/chained.py", line 4, in <module>
    raise RuntimeError('outer\\nmore') from error
RuntimeError: outer
more`,
    'chained.py',
    4,
    'RuntimeError: outer',
  ],
  [
    'Python: a script that cannot be read',
    `  File "${FOLDER}/syntax.py", line 2
    print('a'
         ^
SyntaxError: '(' was never closed`,
    'syntax.py',
    2,
    "SyntaxError: '(' was never closed",
  ],
  [
    'Python: one that another imports',
    `Traceback (most recent call last):
  File "${FOLDER}/imports.py", line 1, in <module>
    import syntax
  File "${FOLDER}/syntax.py", line 2
    print('a'
         ^
SyntaxError: '(' was never closed`,
    'syntax.py',
    2,
    "SyntaxError: '(' was never closed",
  ],
])('%s', (_what, text, path, line, message) => {
  expect(read(text)).toEqual({ path, line, message })
  expect(read(`worker 7 is listening\n${text}\nworker 8 has ended`)).toEqual({ path, line, message })
})

test.each([
  ['an error that a program prints, and goes on', `Error: x\n    at file://${FOLDER}/a.ts:3:9\nworker 7`],
  [
    'Ctrl-C',
    `Traceback (most recent call last):\n  File "${FOLDER}/a.py", line 6, in <module>\nKeyboardInterrupt`,
  ],
  [
    'files elsewhere',
    `Traceback (most recent call last):\n  File "/usr/lib/a.py", line 6, in f\nValueError: x`,
  ],
  ['a way out', `  File "${FOLDER}/../a.py", line 6\nSyntaxError: x`],
  ['no error', 'worker 7 is listening on 127.0.0.1:8080'],
  [
    'a port that is taken, where no line of a script is named',
    `node:events:505
    throw er; // Unhandled 'error' event
    ^

Error: listen EADDRINUSE: address already in use 127.0.0.1:8080
    at Server.setupListenHandle [as _listen2] (node:net:2306:21)
    at process.processTicksAndRejections (node:internal/process/task_queues:90:21)
Emitted 'error' event on Server instance at:
    at emitErrorNT (node:net:2416:8) {
  code: 'EADDRINUSE'
}

Node.js v24.21.0`,
  ],
])('none: %s', (_what, text) => expect(read(text)).toBeUndefined())
