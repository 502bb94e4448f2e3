'use strict'

// Answers as late as it is asked to, or not at all (see client.js).
//
// By hand, in a folder that holds localhost.key and localhost.crt (see the README): node server.js [port]

const fs = require('node:fs')
const { setTimeout: wait } = require('node:timers/promises')

const { Server } = require('../..') // outside this repository: require('tls-json')

const server = new Server({
  options: { key: fs.readFileSync('localhost.key'), cert: fs.readFileSync('localhost.crt') },
  password: 'this string is a password, change it',
})
server.on('request', async (id, { after }, res) => {
  if (after === undefined) return
  await wait(after)
  if (server.clients.has(id)) res.send({ after })
})
server.on('error', (id, error) => console.log(`error ${id}: ${error.message}`))
server.listen(Number(process.argv[2] ?? 8888), () => {
  console.log('listening on', server.tlsServer.address())
})
process.once('SIGTERM', () => server.shutdown({ timeout: 100, spread: 0 }))
