/** Opens 16 connections at once, and waits for the answers. */
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'

const answers = await Promise.all(Array.from({ length: 16 }, () => text(connect(8083, '127.0.0.1'))))
console.log(`${answers.length} answers`)
