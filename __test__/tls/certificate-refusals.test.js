'use strict'

// A server refuses a client's certificate. The client is told nothing, by TLS's own rules; the server knows why.

const assert = require('node:assert/strict')
const { subscribe, unsubscribe } = require('node:diagnostics_channel')
const { test } = require('node:test')

const { cleanup } = require('../helpers/cleanup')
const certificates = require('../helpers/certificates')
const { dial, enter, serve } = require('../helpers/ends')
const { Log, Watch, next } = require('../helpers/events')
const { run } = require('../helpers/program')
const { difference } = require('../helpers/subject')

/** What OpenSSL finds wrong with a self-signed certificate that nobody trusts. */
const CODE = 'DEPTH_ZERO_SELF_SIGNED_CERT'

/**
 * @param {string} maxVersion
 * @returns {any} the options of a server that wants to know its clients
 */
function strict(maxVersion) {
  return { requestCert: true, ca: [certificates.san().cert], maxVersion }
}

for (const version of ['TLSv1.2', 'TLSv1.3']) {
  test(`${version}: 'tlsClientError' has the hangup, and its socket the reason`, async t => {
    const { server, port } = await serve(t, { options: strict(version) })
    const told = next(server.tlsServer, 'tlsClientError')
    const log = new Log(server, ['authenticated', 'close', 'error'])
    const client = dial(t, port, { options: certificates.readmeCa() })
    client.on('error', () => {})
    const closed = next(client, 'close')
    const [error, socket] = await told
    assert.deepEqual([error.code, error.message], ['ECONNRESET', 'socket hang up'])
    assert.deepEqual([socket.authorized, socket.authorizationError], [false, CODE])
    await closed
    assert.deepEqual(log.entries, [])
  })

  difference(`${version}: stats() and a channel have the reason, and no success`, async t => {
    const { server, port } = await serve(t, { options: strict(version) })
    const heard = new Watch()
    /** @type {any[]} */
    const messages = []
    const hear = (/** @type {any} */ message) => {
      messages.push(message)
      heard.changed()
    }
    subscribe('tls-json:server:certificate-refused', hear)
    cleanup(t, () => void unsubscribe('tls-json:server:certificate-refused', hear))
    for (let n = 0; n < 2; n++) {
      const client = dial(t, port, { options: certificates.readmeCa() })
      client.on('error', () => {})
      await next(client, 'close')
    }
    await heard.until(() => messages.length === 2, 'both refusals')
    const { handshakes, connections } = server.stats()
    assert.deepEqual(handshakes, { succeeded: 0, failed: 2, failures: { [CODE]: 2 } })
    assert.equal(connections.total, 0)
    const [{ code, remoteAddress, remotePort, ...rest }] = messages
    assert.equal(code, CODE)
    assert.match(remoteAddress, /127\.0\.0\.1|::1/)
    assert.ok(remotePort > 0)
    assert.deepEqual(rest, {})
    assert.equal(messages[0].server, server)
    const { key, cert } = certificates.san()
    await enter(t, server, { options: { key, cert } })
    assert.equal(server.stats().handshakes.succeeded, 1)
    assert.equal(messages.length, 2)
  })
}

difference('NODE_DEBUG=tls-json has the reason', async t => {
  const { key, cert } = certificates.san()
  const pair = { key: String(key), cert: String(cert) }
  const { code, stderr } = await run(
    t,
    ({ Server, Client, serverConfig, clientConfig, given }) => {
      const options = { requestCert: true, ca: [given.cert] }
      const server = new Server(serverConfig({ options }))
      server.listen(0, () => {
        const own = serverConfig().options
        const client = new Client(clientConfig(server.tlsServer.address().port, { options: own }))
        client.on('error', () => {})
        client.on('close', () => server.close())
      })
    },
    { given: pair, env: { NODE_DEBUG: 'tls-json' }, flags: ['--no-warnings'] },
  )
  assert.equal(code, 0, stderr)
  assert.match(
    stderr,
    /server 1: certificate of a client \(\S+ \d+\) refused, DEPTH_ZERO_SELF_SIGNED_CERT$/m,
  )
})
