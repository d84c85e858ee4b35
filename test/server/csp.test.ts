import { createHash } from 'node:crypto'
import { afterEach, expect, test } from 'vitest'
import { allowInlineScripts, contentSecurityPolicy, inlineScriptHashes } from '../../playground/server/csp.ts'
import { createFakeSite, type Front, raw, request, startFront } from '../harness/front.ts'

const hash = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`

let front: Front | undefined

afterEach(async () => {
  await front?.close()
  front = undefined
})

test('nothing is allowed but what the page needs from this very server', () => {
  expect(contentSecurityPolicy('localhost:5173').split('; ')).toEqual([
    "default-src 'none'",
    "script-src 'self'",
    "worker-src 'self'",
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self' ws://localhost:5173",
    "frame-ancestors 'none'",
    "base-uri 'none'",
    "form-action 'none'",
    "object-src 'none'",
  ])
})

const pages: [string, string, string[]][] = [
  ['no script', '<p>script</p>', []],
  ['one', '<script>a()</script>', ['a()']],
  ['with attributes', '<script type="module" id=x>a()</script>', ['a()']],
  ['in capitals, with a space at its end', '<SCRIPT>a()</SCRIPT >', ['a()']],
  ['with white space, which counts', '<script>\n  a()\n</script>', ['\n  a()\n']],
  ['with CR LF, which the parser changes', '<script>a\r\nb\rc</script>', ['a\nb\nc']],
  ['beyond ASCII', '<script>"é→"</script>', ['"é→"']],
  ['empty', '<script></script>', ['']],
  ['with > in an attribute', '<script data-x="a>b">a()</script>', ['a()']],
  ['with src', '<script type="module" src="/a.js"></script>', []],
  ['with SRC = and a new line', '<script\nSRC = /a.js>ignored</script>', []],
  ['with data-src, which is not src', '<script data-src="x">a()</script>', ['a()']],
  ['one twice', '<script>a()</script><script>a()</script>', ['a()']],
  ['two', '<script>a()</script><p>and</p><script>b()</script>', ['a()', 'b()']],
  ['one with markup in it', '<script>"<p>" + 1</script>', ['"<p>" + 1']],
  ['another element', '<scripted>a()</scripted>', []],
]
for (const [name, html, sources] of pages) {
  test(`inline scripts: ${name}`, () => expect(inlineScriptHashes(html)).toEqual(sources.map(hash)))
}

async function policyOf(write: Parameters<typeof pageSite>[0]): Promise<string | undefined> {
  front = await startFront(() => pageSite(write))
  const answer = await raw(
    front.port,
    request('GET /', { Host: `127.0.0.1:${front.port}`, Connection: 'close' }),
  )
  expect(answer.status).toBe(200)
  return answer.headers['content-security-policy']
}

function pageSite(write: (response: import('node:http').ServerResponse) => void) {
  return createFakeSite({
    async handle(_request, response, host) {
      allowInlineScripts(response, host, { scripts: ["'sha256-more'"], workers: ['blob:'] })
      write(response)
    },
  })
}

test('a page that is made for the request carries the hashes of its scripts', async () => {
  const policy = await policyOf(response => {
    response.setHeader('Content-Type', 'text/html; charset=utf-8')
    response.end('<script>a()</script>')
  })
  expect(policy).toContain(`; script-src 'self' ${hash('a()')} 'sha256-more'; worker-src 'self' blob:; `)
  expect(policy).toContain(`ws://127.0.0.1:${front?.port};`)
})

test('so does one given as bytes', async () => {
  const policy = await policyOf(response => {
    response.setHeader('Content-Type', 'text/html')
    response.end(Buffer.from('<script>"é"</script>'))
  })
  expect(policy).toContain(hash('"é"'))
})

test('what is no page, or is sent in pieces, allows no inline script', async () => {
  const write = (response: import('node:http').ServerResponse) => response.end('<script>a()</script>')
  expect(await policyOf(write)).toContain("script-src 'self'; ")
  await front?.close()
  const pieces = await policyOf(response => {
    response.setHeader('Content-Type', 'text/html')
    response.write('<script>a()</script>')
    response.end('<script>b()</script>')
  })
  expect(pieces).toContain("script-src 'self'; ")
})
