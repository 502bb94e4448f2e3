'use strict'

// The server of the README. `npm start` runs it with the client; by hand, in a folder that holds
// localhost.key and localhost.crt: node server.js [port]

const fs = require('node:fs')
// Outside this repository: require('tls-json')
const { Server } = require('..')

const server = new Server({
  options: { key: fs.readFileSync('localhost.key'), cert: fs.readFileSync('localhost.crt') },
  password: 'this string is a password, change it',
})

server.on('authenticated', (id, socket) => {
  console.log('authenticated', id, socket.remoteAddress)
  server.send(id, { hello: 'world' })
  server.request(id, { question: 'who are you?' }).then(
    response => console.log('response', response, 'from', id),
    error => console.log('request failed', error),
  )
})
server.on('message', (id, message) => console.log('message', message, 'from', id))
server.on('request', (id, request, res) => {
  console.log('request', request, 'from', id)
  res.send({ anything: 'this is a response to your request' })
})
server.on('close', id => console.log('connection closed', id))
server.on('error', (id, error) => console.log('error', error, 'from', id))

const port = Number(process.argv[2] ?? 8888)
server.listen(port, () => console.log(`TLSServer listening on port ${port}`))
