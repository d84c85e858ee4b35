/** `npm run doctor`: what this machine has and lacks, with the command that mends each lack. */
import { styleText } from 'node:util'
import { readPreflight } from './sandbox/preflight.ts'

const items = await readPreflight()
const width = Math.max(...items.map(({ thing }) => thing.length))
for (const { thing, ok, found, cost, mend } of items) {
  console.log(
    `${ok ? styleText('green', '✓') : styleText('red', '✗')} ${thing.padEnd(width)}  ${found ?? 'missing'}`,
  )
  if (!ok) console.log(`  ${' '.repeat(width)}  ${cost}\n  ${' '.repeat(width)}  ${mend}`)
}
const [, npmNode] = /\bnode\/v(\S+)/.exec(process.env.npm_config_user_agent ?? '') ?? []
if (npmNode && npmNode !== process.versions.node) {
  const { node } = process.versions
  console.log(`\nnpm runs on Node ${npmNode}, its scripts on ${node}: npm's warning EBADENGINE is harmless.`)
}
process.exitCode = items.every(({ ok }) => ok) ? 0 : 1
