'use strict'

// Takes records one by one, slowly; the source waits. `node sink.js records [port]`

const fs = require('node:fs')
const { on } = require('node:events')
const { setImmediate: turn } = require('node:timers/promises')
const { Client } = require('../..')

const [many, port = 8888] = process.argv.slice(2).map(Number)

const client = new Client({
  options: { ca: fs.readFileSync('localhost.crt') },
  port,
  password: 'this string is a password, change it',
})

async function take() {
  await client.ready()
  client.send({ many })
  let most = 0
  let last = 0
  // `on` pauses the client when 100 wait.
  const records = on(client, 'message', { highWaterMark: 100, lowWaterMark: 50, close: ['close'] })
  for await (const [{ n }] of records) {
    last = n
    if (n % 10 === 0) await turn() // stands for something slow
    if (n % 1000 === 0) most = Math.max(most, process.memoryUsage.rss())
    if (n === many) break
  }
  // The loop ends with the connection, too.
  if (last !== many) throw new Error(`connection lost behind record ${last}`)
  console.log(`all ${many} taken, in at most ${Math.ceil(most / 2 ** 20)} MiB`)
  await client.shutdown()
}

take()
