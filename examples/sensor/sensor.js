'use strict'

// Measures, whether there is a station or not: what cannot be sent now is kept, and sent when one of the stations is there.
// `node sensor.js measurements port …`

const fs = require('node:fs')
const { setTimeout: wait } = require('node:timers/promises')
const { Client } = require('../..')

const [many, ...ports] = process.argv.slice(2).map(Number)

const client = new Client({
  options: { ca: fs.readFileSync('localhost.crt') },
  // Tried in turn, at growing and random intervals.
  servers: ports.map(port => ({ host: 'localhost', port })),
  reconnect: { min: 20, max: 500 },
  queue: { maxBytes: 1024 * 1024, maxAge: 60_000 },
  password: 'this string is a password, change it',
})

client.on('error', error => {
  if (error.code !== 'ECONNREFUSED') console.log(error.message)
})
client.on('authenticated', () => console.log(`connected to ${client.socket.remotePort}`))
client.on('dropped', ({ count, reason }) => console.log(`${count} dropped: ${reason}`))
client.on('unconfirmed', ({ count }) => console.log(`${count} may be lost`))

async function measure() {
  for (let n = 1; n <= many; n++) {
    client.send({ n })
    await wait(10)
  }
  await client.ready()
  const { seen } = await client.request({ upTo: many })
  console.log(`all up to ${seen} have arrived`)
  await client.shutdown()
}

measure()
