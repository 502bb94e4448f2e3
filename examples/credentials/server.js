'use strict'

// Each client has a token of its own, and is known by it (see client.js).
//
// By hand, in a folder that holds localhost.key and localhost.crt (see the README): node server.js [port]

const crypto = require('node:crypto')
const fs = require('node:fs')

const { Server } = require('../..') // outside this repository: require('tls-json')

/** Of each token its digest, so that who reads this list cannot log in. In truth a database. @type {Map<string, object>} */
const accounts = new Map([
  [digest('token of Ada'), { name: 'Ada' }],
  [digest('token of Bob'), { name: 'Bob' }],
])

/** @param {unknown} text */
function digest(text) {
  return crypto.createHash('sha256').update(String(text)).digest('hex')
}

/**
 * @param {any} credential What the client gives as its password.
 * @returns {Promise<object | undefined>} Who it is, if anybody.
 */
async function authenticate(credential) {
  return accounts.get(digest(credential?.token))
}

const server = new Server({
  options: { key: fs.readFileSync('localhost.key'), cert: fs.readFileSync('localhost.crt') },
  authenticate,
})
server.on('authenticated', id => {
  const user = server.clients.get(id)?.user
  console.log(`${user.name} is here`)
  server.send(id, { hello: user.name })
})
server.on('close', id => {
  const client = server.clients.get(id)
  console.log(client ? `${client.user.name} has gone` : 'somebody was refused')
})
server.on('error', (id, error) => console.log(`error ${id}: ${error.message}`))
server.listen(Number(process.argv[2] ?? 8888), () => {
  console.log('listening on', server.tlsServer.address())
})
process.once('SIGTERM', () => server.shutdown({ spread: 0 }))
