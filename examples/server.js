'use strict'

// The server of the README. `npm start` runs it with the client; by hand, in a folder that holds
// localhost.key and localhost.crt: node server.js [port]

const fs = require('node:fs')

// Outside this repository: require('tls-json')
const TLSServer = require('..').Server

const port = Number(process.argv[2] ?? 8888)

const server = new TLSServer({
  // As for Node's tls.createServer: https://nodejs.org/api/tls.html
  options: {
    key: fs.readFileSync('localhost.key'),
    cert: fs.readFileSync('localhost.crt'),
  },
  requestTimeout: 10000, // milliseconds until a request is given up
  keepAliveInterval: 10000, // milliseconds between two pings
  keepAliveTimeout: 5000, // milliseconds a client has to answer a ping
  password: 'this string is a password, change it', // what clients must send
})

server.on('authenticated', async (id, socket) => {
  console.log('authenticated', id, socket.remoteAddress)
  server.send(id, { hello: 'world' })
  try {
    const response = await server.request(id, { question: 'who are you?' })
    console.log('response', response, 'from', id)
  } catch (err) {
    console.log('request failed', err)
  }
})

server.on('message', (id, message) => {
  console.log('message', message, 'from', id)
})

server.on('request', (id, request, res) => {
  console.log('request', request, 'from', id)
  res.send({ anything: 'this is a response to your request' })
})

// Follows every 'authenticated', whatever ended the connection.
server.on('close', id => {
  console.log('connection closed', id)
})

// For information: 'close' comes as well.
server.on('error', (id, err) => {
  console.log('error', err, 'from', id)
})
server.on('timeout', id => {
  console.log('timeout', id)
})

server.listen(port, () => {
  console.log(`TLSServer listening on port ${port}`)
})
