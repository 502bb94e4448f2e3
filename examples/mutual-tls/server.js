'use strict'

// Knows its clients by their certificates, without any password (see client.js).
//
// By hand, in a folder that holds localhost.key, localhost.crt and, of the clients, client.crt: node server.js [port]

const fs = require('node:fs')

const { Server } = require('../..') // outside this repository: require('tls-json')

/** Which names may come in. */
const members = new Set(['CN=client'])

const server = new Server({
  options: {
    key: fs.readFileSync('localhost.key'),
    cert: fs.readFileSync('localhost.crt'),
    ca: [fs.readFileSync('client.crt')],
    requestCert: true,
    // Whose certificate is not trusted gets an answer, and not only a reset.
    rejectUnauthorized: false,
  },
  authenticate: (_credential, { certificate }) =>
    certificate && members.has(certificate.subject) ? certificate.subject : false,
})
server.on('authenticated', id => console.log(`${server.clients.get(id)?.user} is here`))
server.on('close', id => console.log(server.clients.has(id) ? 'closed' : 'somebody was refused'))
server.on('error', (id, error) => console.log(`error ${id}: ${error.message}`))
server.listen(Number(process.argv[2] ?? 8888), () => {
  console.log('listening on', server.tlsServer.address())
})
process.once('SIGTERM', () => server.shutdown({ spread: 0 }))
