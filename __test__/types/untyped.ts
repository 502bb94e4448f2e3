// What people wrote before there were types must compile: everything is `any`.

import fs = require('node:fs')
import net = require('node:net')
import { once } from 'node:events'
import { Client, Server } from 'tls-json'

const server = new Server({
  options: {
    key: fs.readFileSync('localhost.key'),
    cert: fs.readFileSync('localhost.crt'),
    rejectUnauthorized: true,
  },
  requestTimeout: 10000,
  keepAliveInterval: 10000,
  keepAliveTimeout: 5000,
  authTimeout: 30000,
  maxLoginBytes: 1000,
  maxMessageBytes: Infinity,
  maxBufferedBytes: 1e6,
  deadPeerTimeout: 30000,
  maxTotalBufferedBytes: 1e7,
  maxHandshakes: 100,
  maxFailedLogins: 10,
  password: 'secret',
})

server.on('authenticated', async (id, socket) => {
  console.log(id.toFixed(), socket.remoteAddress?.length, socket.isAuthenticated)
  server.send(id, { hello: 'world' })
  const answer = await server.request(id, { question: 1 })
  console.log(answer.any.field)
})
server.on('message', (id, message) => server.send(id, message.text))
server.broadcast('anything').toFixed()
server.broadcast(null, [0])
server.on('request', (id, request, res) => {
  res.send({ id, echo: request.deeply.nested })
})
server.on('close', id => server.sockets.delete(id))
server.on('error', (id, err) => console.log(id, err.code === 'TLSJSON_NOT_CONNECTED', err.message))
server.on('timeout', id => console.log(id))
server.on('drain', id =>
  console.log(server.needDrain(id) ? server.bufferedAmount(id) : id.toFixed()),
)
console.log(server.limitCounts?.maxFailedLogins.toFixed())
server.listen(8888, () => {})
server.listen({ port: 0, host: '127.0.0.1' })
server.listen('/tmp/tls-json.sock')
server.tlsServer.on('error', error => console.log(error.syscall))
server.tlsServer.on('secureConnection', socket => socket.setTimeout(1000, () => socket.destroy()))
server.tlsServer.on('tlsClientError', (error, peer) => console.log(error.code, peer.remotePort))
server.tlsServer.on('keylog', (line, socket) => console.log(String(line), socket.remoteAddress))
net.createServer(socket => server.tlsServer.emit('connection', socket))
server.tlsServer.on('connection', peer => peer.remoteAddress === '::1' || peer.destroy())
server.tlsServer.maxConnections = 100
for (const [id, socket] of server.sockets) console.log(id.toFixed(), socket.destroyed)
server.close(error => console.log(error?.message))

const client = new Client({
  options: {
    ca: [fs.readFileSync('localhost.crt')],
    servername: 'localhost',
    checkServerIdentity: (hostname, certificate) =>
      certificate.subject.CN === hostname ? undefined : new Error('another name'),
    lookup: () => {},
    localAddress: '127.0.0.1',
    autoSelectFamily: true,
    timeout: 60000,
    signal: new AbortController().signal,
    allowHalfOpen: false,
  },
  host: 'localhost',
  port: 8888,
  reconnectInterval: 5000,
  silenceTimeout: 30000,
  connectTimeout: 30000,
  requestTimeout: 10000,
  password: 'secret',
})

client.once('authenticated', () => {})
client.on('reconnectAttempt', () => {})
client.on('error', err => console.log(err.code, err.errno))
client.socket.on('close', hadError => console.log(hadError === true))
client.socket.on('data', line => console.log(line.trim()))
client.socket.once('secureConnect', () => console.log(client.socket.getCipher()?.standardName))
client.socket.on('keylog', line => fs.appendFileSync('keys.log', line))
console.log(client.socket.exportKeyingMaterial(32, 'EXPORTER-label').toString('hex'))
console.log(client.socket.getX509Certificate()?.subject, client.socket.getEphemeralKeyInfo())
client.send({ any: 'message' })
client.send('a string')
client.send([1, 2, 3])
client.attemptsToReconnect = false
client.reconnectInterval = 0
client.requests.requestTimeout = 100
client.disconnect()
client.connect()

async function main() {
  await once(client, 'authenticated')
  const response = await client.request({ some: 'thing' })
  console.log(response.anything)
}
main().catch(console.error)

// Events of one's own, and names that are not known when it is compiled.
class Greeter extends Client {
  greet() {
    this.emit('greeted', 1, 'two')
    return this.on('greeted', (count, text) => console.log(count, text))
  }
}
declare const name: string
new Greeter({ port: 1 }).greet().on(name, (...args) => console.log(args))
client.on(Symbol.for('mine'), () => {}).off('message', console.log)
const emitter: NodeJS.EventEmitter = client
emitter.on('message', () => {})
