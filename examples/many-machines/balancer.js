'use strict'

// A load balancer: hands each connection to the next server, or to the one after that if it does not answer. It neither
// decrypts nor understands anything. In production HAProxy or nginx does this, in TCP mode.
//
//   node balancer.js PORT SERVER-PORT...

const net = require('node:net')

const [port = '8888', ...servers] = process.argv.slice(2)
let turn = 0

/**
 * @param {net.Socket} client
 * @param {number} left how many servers may still be tried
 */
function connect(client, left) {
  if (left === 0) return client.destroy()
  const target = Number(servers[turn++ % servers.length])
  const server = net.connect(target, '127.0.0.1')
  const refused = () => connect(client, left - 1)
  server.once('error', refused)
  server.once('connect', () => {
    server.off('error', refused)
    // An end of either is the end of both.
    server.on('error', () => client.destroy()).on('close', () => client.destroy())
    client.on('close', () => server.destroy())
    client.pipe(server).pipe(client)
  })
}

const balancer = net.createServer({ noDelay: true }, client => {
  // What was wrong with it, 'close' tells.
  client.on('error', () => {})
  connect(client, servers.length)
})
balancer.listen(Number(port), () => console.log('listening on', balancer.address()))
