'use strict'

// Shows its counters to Prometheus, at http://127.0.0.1:9464/metrics.
//
// By hand, in a folder that holds localhost.key and localhost.crt (see the README): node server.js [port] [metrics port]

const fs = require('node:fs')
const http = require('node:http')

const { prometheus } = require('./prometheus')
const { Server } = require('../..') // outside this repository: require('tls-json')

const [port = '8888', metricsPort = '9464'] = process.argv.slice(2)

const server = new Server({
  options: { key: fs.readFileSync('localhost.key'), cert: fs.readFileSync('localhost.crt') },
  password: 'this string is a password, change it',
})
server.on('authenticated', id => server.join(id, 'everybody'))
server.on('error', (id, error) => console.log(`error ${id}: ${error.message}`))

const metrics = http.createServer((request, response) => {
  if (request.url !== '/metrics') {
    response.writeHead(404).end()
    return
  }
  response.setHeader('Content-Type', 'text/plain; version=0.0.4; charset=utf-8')
  response.end(prometheus({ ...server.stats(), rooms: server.rooms.size }))
})

server.listen(Number(port), () => {
  console.log('listening on', server.tlsServer.address())
})
// For this machine alone: who scrapes from elsewhere has to be authenticated by something.
metrics.listen(Number(metricsPort), '127.0.0.1', () => {
  console.log('metrics on', metrics.address())
})
process.once('SIGTERM', () => {
  server.shutdown({ spread: 0 })
  metrics.close()
  metrics.closeAllConnections()
})
