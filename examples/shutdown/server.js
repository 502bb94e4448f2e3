'use strict'

// Works for its clients, and loses nothing of that when it is told to end (see client.js).
//
// By hand, in a folder that holds localhost.key and localhost.crt (see the README): node server.js [port]; end it with
// kill, not with kill -9.

const fs = require('node:fs')
const { setTimeout: wait } = require('node:timers/promises')

const { Server } = require('../..') // outside this repository: require('tls-json')

const server = new Server({
  options: { key: fs.readFileSync('localhost.key'), cert: fs.readFileSync('localhost.crt') },
  password: 'this string is a password, change it',
})
let done = 0
server.on('request', async (id, { job }, res) => {
  await wait(300) // the work
  res.send({ done: job })
  done++
})
server.on('error', (id, error) => console.log(`error ${id}: ${error.message}`))
process.once('SIGTERM', async () => {
  console.log('shutting down')
  const { left, cut } = await server.shutdown({ timeout: 10_000, spread: 500 })
  console.log(`${done} jobs done; ${left} clients went, ${cut} had to be disconnected`)
})
server.listen(Number(process.argv[2] ?? 8888), () => {
  console.log('listening on', server.tlsServer.address())
})
