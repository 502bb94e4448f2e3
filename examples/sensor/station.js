'use strict'

// Takes measurements and prints them. `node station.js [port]`

const fs = require('node:fs')
const { Server } = require('../..')

const server = new Server({
  options: { key: fs.readFileSync('localhost.key'), cert: fs.readFileSync('localhost.crt') },
  password: 'this string is a password, change it',
})

server.on('error', (id, error) => console.log(`client ${id}: ${error.message}`))
server.on('message', (id, { n }) => console.log(`measurement ${n}`))
// Whoever asks knows that all has come which he sent before.
server.on('request', (id, request, res) => res.send({ seen: request.upTo }))
process.on('SIGTERM', () => process.exit())

server.listen(Number(process.argv[2] ?? 8888), () => {
  console.log('listening on', server.tlsServer.address())
})
