'use strict'

// Takes a new certificate when it is told to, by SIGHUP, and nobody is disconnected for that (see client.js).
//
// By hand, in a folder that holds localhost.key and localhost.crt (see the README): node server.js [port]

const fs = require('node:fs')

const { Server } = require('../..') // outside this repository: require('tls-json')

/** The files as they are now. */
function identity() {
  return { key: fs.readFileSync('localhost.key'), cert: fs.readFileSync('localhost.crt') }
}

const server = new Server({
  options: identity(),
  password: 'this string is a password, change it',
})
server.on('request', (id, request, res) => res.send({ id }))
server.on('error', (id, error) => console.log(`error ${id}: ${error.message}`))
process.on('SIGHUP', () => {
  try {
    server.tlsServer.setSecureContext(identity())
    console.log('new connections get the new certificate')
  } catch (error) {
    // Half a pair, for one: the old one stays.
    console.log(
      `the certificate stays as it was: ${error instanceof Error ? error.message : error}`,
    )
  }
})
server.listen(Number(process.argv[2] ?? 8888), () => {
  console.log('listening on', server.tlsServer.address())
})
process.once('SIGTERM', () => server.shutdown({ spread: 0 }))
