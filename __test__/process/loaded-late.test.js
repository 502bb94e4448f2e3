'use strict'

// Most of the package is loaded with the first server or client. By then a program may have changed what was there when it
// loaded the package.

const test = require('node:test')
const assert = require('node:assert/strict')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')

const certificates = require('../helpers/certificates')
const { run } = require('../helpers/program')

/**
 * A server, and two clients of it one after the other, whose connections are told.
 *
 * @param {import('../helpers/program').Context} context
 */
async function program({ Server, Client, given, serverConfig, clientConfig }) {
  const tls = require('node:tls')
  /** @type {string[]} */
  const lines = []
  if (given.extra !== undefined) process.env.NODE_EXTRA_CA_CERTS = given.extra
  if (given.check) {
    tls.checkServerIdentity = (_host, /** @type {any} */ certificate) => {
      certificate.seen = (certificate.seen ?? 0) + 1
      lines.push(`seen ${certificate.seen}`)
      return undefined
    }
  }
  const reading = require('node:fs')
  const { readFileSync } = reading
  if (given.files) {
    // Node's own loader reads by it, too.
    reading.readFileSync = (/** @type {any[]} */ ...args) => {
      if (args[0] === process.env.NODE_EXTRA_CA_CERTS) throw new Error('not for the package')
      return Reflect.apply(readFileSync, reading, args)
    }
  }
  const make = () => {
    const server = new Server(serverConfig())
    server.on('error', () => {})
    return server
  }
  /** As soon as there is stack enough for it. @returns {any} */
  const deep = () => {
    try {
      return deep()
    } catch (error) {
      if (!(error instanceof RangeError)) throw error
      return make()
    }
  }
  const server = given.deep ? deep() : make()
  await new Promise(resolve => server.listen(0, () => resolve(undefined)))
  const { port } = server.tlsServer.address()
  for (let at = 0; at < 2; at++) {
    const options = given.extra === undefined && !given.files ? clientConfig(port).options : {}
    const client = new Client({ ...clientConfig(port), options })
    client.on('error', (/** @type {any} */ error) => lines.push(error.code))
    const gone = new Promise(resolve => client.once('close', resolve))
    client.once('authenticated', () => client.disconnect())
    await gone
  }
  await new Promise(resolve => server.close(resolve))
  reading.readFileSync = readFileSync
  console.log([...lines, 'done'].join('\n'))
}

/**
 * @param {import('node:test').TestContext} t
 * @param {object} given
 * @param {string} [trusted] a file of certificates that the process trusts from its start
 */
async function told(t, given, trusted = '') {
  const env = { NODE_EXTRA_CA_CERTS: trusted }
  const { stdout, stderr } = await run(t, program, { given, env })
  assert.equal(stderr, '')
  return stdout.trim().split('\n')
}

/**
 * @param {import('node:test').TestContext} t
 * @returns {string} a file that has what the server's certificate is trusted by
 */
function authorities(t) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'tls-json-extra-'))
  t.after(() => fs.rmSync(folder, { recursive: true }))
  const file = path.join(folder, 'ca.pem')
  fs.writeFileSync(file, certificates.readmeCa().cert)
  return file
}

test('NODE_EXTRA_CA_CERTS is what it was when the package was loaded', async t => {
  const extra = authorities(t)
  const refused = 'DEPTH_ZERO_SELF_SIGNED_CERT'
  assert.deepEqual(await told(t, { extra }), [refused, refused, 'done'])
})

test('it is read although a program has put its own in the place of fs.readFileSync', async t => {
  assert.deepEqual(await told(t, { files: true }, authorities(t)), ['done'])
})

test('a check of names that was put in the place of Node’s is asked each time anew', async t => {
  assert.deepEqual(await told(t, { check: true }), ['seen 1', 'seen 1', 'done'])
})

test('a server that had no stack left at first is made when there is some', async t => {
  assert.deepEqual(await told(t, { deep: true }), ['done'])
})
