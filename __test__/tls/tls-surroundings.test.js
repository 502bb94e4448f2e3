'use strict'

// What programs put before certificates, behind names, and in the place of Node's own functions.

const assert = require('node:assert/strict')
const { test } = require('node:test')

const { directory, isOriginal, overNode } = require('../helpers/subject')
const { dial, serve } = require('../helpers/ends')
const { next } = require('../helpers/events')
const { run } = require('../helpers/program')
const { referenceServer } = require('../helpers/reference-peer')
const certificates = require('../helpers/certificates')

const MARK = '\uFEFF'

test('key, cert and ca behind a byte order mark', async t => {
  const { key, cert } = certificates.readmeCa()
  const marked = { key: MARK + key, cert: MARK + cert }
  const { server, port } = await serve(t, {
    options: { ...marked, requestCert: true, ca: MARK + cert },
  })
  const arrived = next(server, 'authenticated')
  const client = dial(t, port, { options: { ...marked, ca: Buffer.from(MARK + cert) } })
  await next(client, 'authenticated')
  const [, socket] = await arrived
  assert.deepEqual([client.socket.authorized, socket.authorized], [true, true])
  // Files that were put together.
  const joined = dial(t, port, {
    options: { ...marked, ca: `${certificates.other().cert}${MARK}${cert}` },
  })
  await next(joined, 'authenticated')
})

test('the name is sent with the dot that it has at its end, and compared without', async t => {
  const server = await referenceServer(t)
  for (const servername of ['localhost.', 'localhost']) {
    const client = dial(t, server.port, { options: { servername } })
    const [peer] = await Promise.all([server.admit(), next(client, 'authenticated')])
    assert.equal(/** @type {any} */ (peer.socket).servername, servername)
    assert.equal(client.socket.authorized, true)
    client.disconnect()
  }
})

for (const when of ['before', 'behind']) {
  test(`a tls.createSecureContext that adds certificates counts, ${when} the package was loaded`, async t => {
    const { stdout } = await run(
      t,
      ({ Server, Client, serverConfig, clientConfig, given }) => {
        const tls = require('node:tls')
        const { createSecureContext } = tls
        const { cert } = serverConfig().options
        const replace = () => {
          // As win-ca and others do.
          tls.createSecureContext = options => {
            const made = createSecureContext(options)
            if (!options?.cert) made.context.addCACert(cert)
            return made
          }
        }
        /** @type {(string | undefined)[]} */
        const transports = []
        let Used = Client
        if (given.when === 'before') {
          replace()
          for (const name of Object.keys(require.cache)) delete require.cache[name]
          Used = require(given.directory).Client
        }
        const server = new Server(serverConfig())
        server.listen(0, async () => {
          const { once } = require('node:events')
          const { port } = server.tlsServer.address()
          if (given.when === 'behind') replace()
          const trusting = new Used(clientConfig(port, { options: { ca: undefined } }))
          await once(trusting, 'authenticated')
          transports.push(trusting.transport)
          trusting.disconnect()
          // And what was there is there again.
          tls.createSecureContext = createSecureContext
          const plain = new Used(clientConfig(port, { options: { ca: cert } }))
          await once(plain, 'authenticated')
          transports.push(plain.transport)
          plain.disconnect()
          server.close()
          process.stdout.write(transports.join())
        })
      },
      { given: { when, directory } },
    )
    assert.equal(stdout, isOriginal ? ',' : overNode ? 'node,node' : 'node,rustls')
  })
}
