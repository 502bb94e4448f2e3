'use strict'

// A certificate that expires while it is in use, and sessions that somebody would like to resume.

const assert = require('node:assert/strict')
const { test } = require('node:test')
const tls = require('node:tls')
const { certificate } = require('../helpers/x509')
const { alternativeNames } = require('../helpers/x509-extensions')
const { cleanup } = require('../helpers/cleanup')
const { dial, serve } = require('../helpers/ends')
const { bounded, elapsed, next } = require('../helpers/events')
const { aboutRustls, isOriginal } = require('../helpers/subject')

test('who is connected stays when the certificate expires; who comes later is refused', async t => {
  const extensions = [alternativeNames('DNS:localhost')]
  // Time for a handshake, also on a busy machine; if it was not enough, more.
  for (let seconds = 2; ; seconds *= 2) {
    const to = new Date((Math.floor(Date.now() / 1000) + seconds) * 1000)
    const { pem, key } = certificate({ to, extensions })
    const { server, port } = await serve(t, { options: { key, cert: pem } })
    server.on('request', (/** @type {any} */ _id, /** @type {any} */ req, /** @type {any} */ res) =>
      res.send(req),
    )
    const options = { ca: [pem] }
    const early = dial(t, port, { options })
    const entered = new Promise(resolve => {
      early.once('authenticated', () => resolve(true))
      early.once('error', () => resolve(false))
    })
    if (!(await bounded(entered, 'a login')) && seconds < 60) continue
    while (Date.now() <= to.getTime() + 1000) await elapsed(50)
    assert.deepEqual(await early.request({ still: 'here' }), { still: 'here' })
    const [error] = await next(dial(t, port, { options }), 'error')
    assert.equal(error.code, 'CERT_HAS_EXPIRED')
    assert.equal(early.isAuthenticated, true)
    return
  }
})

/**
 * @param {import('node:test').TestContext} t
 * @param {number} port
 * @param {tls.ConnectionOptions} options
 * @returns {Promise<{ reused: boolean, session: Buffer | undefined }>} of one connection of Node's
 */
async function visit(t, port, options) {
  const { maxVersion: version } = options
  const socket = tls.connect({ port, host: '127.0.0.1', rejectUnauthorized: false, ...options })
  cleanup(t, () => void socket.destroy())
  /** @type {Buffer | undefined} */
  let session
  socket.on('session', given => (session = given))
  await next(socket, 'secureConnect')
  const reused = socket.isSessionReused()
  // In TLS 1.3 there is one only once a ticket has come.
  session = version === 'TLSv1.2' ? socket.getSession() : undefined
  socket.write('{"password":"wrong"}\n')
  socket.resume()
  await next(socket, 'close')
  return { reused, session }
}

for (const version of /** @type {const} */ (['TLSv1.2', 'TLSv1.3'])) {
  for (const requestCert of [false, true]) {
    test(
      `${version}: a server ${requestCert ? 'that judges clients' : 'that judges nobody'} resumes no session`,
      { skip: aboutRustls || (isOriginal && 'Node does') },
      async t => {
        const { pem: cert, key } = certificate({ subject: 'client' })
        const { port } = await serve(t, {
          options: { requestCert, rejectUnauthorized: false, ca: [cert] },
        })
        const options = { maxVersion: version, key, cert }
        const { session } = await visit(t, port, options)
        const { reused } = await visit(t, port, { ...options, session })
        assert.equal(reused, false)
      },
    )
  }
}
