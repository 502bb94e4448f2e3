'use strict'

const assert = require('node:assert/strict')
const net = require('node:net')
const tls = require('node:tls')
const { test } = require('node:test')

const { readmeCa } = require('../helpers/certificates')
const { serve, password } = require('../helpers/ends')
const { Log, next } = require('../helpers/events')

/**
 * A proxy that, once told to, keeps what the client sends until the client ends, and passes it on in one piece.
 *
 * @param {import('node:test').TestContext} t
 * @param {number} port
 */
async function gatheringProxy(t, port) {
  let gathering = false
  const proxy = net.createServer({ allowHalfOpen: true }, client => {
    const server = net.connect({ port, host: '127.0.0.1', allowHalfOpen: true })
    /** @type {Buffer[]} */
    const gathered = []
    client.on('data', chunk => void (gathering ? gathered.push(chunk) : server.write(chunk)))
    client.on('end', () => server.end(Buffer.concat(gathered)))
    server.pipe(client)
    for (const socket of [client, server]) t.after(() => socket.destroy())
  })
  t.after(() => proxy.close())
  await next(proxy.listen(0), 'listening')
  return {
    port: /** @type {net.AddressInfo} */ (proxy.address()).port,
    gather() {
      gathering = true
    },
  }
}

test('a client whose password, messages and end come in one piece is still answered', async t => {
  const { server, port } = await serve(t)
  const log = new Log(server, ['authenticated', 'message', 'request', 'close', 'error'])
  server.on('request', (/** @type {any} */ _id, /** @type {any} */ _req, /** @type {any} */ res) =>
    res.send({ answer: 1 }),
  )
  const proxy = await gatheringProxy(t, port)
  const socket = tls.connect({ port: proxy.port, ca: readmeCa().cert, allowHalfOpen: true })
  t.after(() => socket.destroy())
  socket.setEncoding('utf8')
  let received = ''
  socket.on('data', text => (received += text))
  await next(socket, 'secureConnect')
  proxy.gather()
  socket.end(`${JSON.stringify({ password })}\n{"last":"words"}\n{"requestId":7}\n`)
  await next(socket, 'end')
  await log.reach('close')
  assert.deepEqual(log.names, ['authenticated', 'message', 'request', 'close'])
  assert.equal(received, '{"authenticated":true}\n{"answer":1,"responseId":7}\n')
})
