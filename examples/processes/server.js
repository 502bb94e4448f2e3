'use strict'

// Several processes serve one port: node:cluster hands connections to its workers in turn (see client.js).
//
// By hand, in a folder that holds localhost.key and localhost.crt (see the README): node server.js [port] [workers]

const fs = require('node:fs')

const { Server } = require('../..') // outside this repository: require('tls-json')

/** @type {import('node:cluster').Cluster} */
const cluster = /** @type {any} */ (require('node:cluster'))

const [port = '8888', count = '2'] = process.argv.slice(2)

if (cluster.isPrimary) {
  let listening = 0
  cluster.on('listening', (_worker, address) => {
    if (++listening === Number(count)) console.log('listening on', address)
  })
  for (let at = 0; at < Number(count); at++) cluster.fork()
  // Each finishes what it has begun, and ends by itself.
  process.once('SIGTERM', () => {
    for (const worker of Object.values(cluster.workers ?? {})) worker?.send('shut down')
  })
} else {
  const server = new Server({
    options: { key: fs.readFileSync('localhost.key'), cert: fs.readFileSync('localhost.crt') },
    password: 'this string is a password, change it',
  })
  server.on('request', (id, request, res) => res.send({ worker: cluster.worker?.id }))
  server.on('error', (id, error) => console.log(`error ${id}: ${error.message}`))
  server.listen(Number(port))
  process.once('message', async () => {
    const { left } = await server.shutdown({ spread: 0 })
    console.log(`worker ${cluster.worker?.id}: ${left} clients went`)
    process.disconnect()
  })
}
