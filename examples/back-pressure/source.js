'use strict'

// Sends each client as many records as it asks for, no faster than the client takes them. `node source.js [port]`

const fs = require('node:fs')
const { Server } = require('../..')

const server = new Server({
  options: { key: fs.readFileSync('localhost.key'), cert: fs.readFileSync('localhost.crt') },
  password: 'this string is a password, change it',
  // A ping stands behind what was sent before it, and that takes a slow client a while.
  keepAliveTimeout: 60_000,
})

const waiting = new Set()
const change = () => new Promise(resolve => waiting.add(resolve))
const changed = () => {
  for (const resolve of waiting) resolve()
  waiting.clear()
}

server.on('drain', changed)
server.on('error', (id, error) => console.log(`client ${id}: ${error.message}`))
server.on('close', id => {
  console.log(`client ${id} has gone`)
  changed()
})

server.on('message', async (id, { many }) => {
  let most = 0
  for (let n = 1; n <= many; n++) {
    // 'drain' comes for every client: each looks for itself.
    while (server.needDrain(id)) await change()
    if (!server.clients.has(id)) return
    server.send(id, { n, text: 'x'.repeat(100) })
    if (n % 1000 === 0) most = Math.max(most, server.bufferedAmount(id))
  }
  console.log(`all sent, at most ${Math.ceil(most / 2 ** 20)} MiB waited`)
})

process.on('SIGTERM', () => process.exit())
server.listen(Number(process.argv[2] ?? 8888), () => {
  console.log('listening on', server.tlsServer.address())
})
