'use strict'

// Servers that keep clients out, each for a reason of its own, and what doctor has to say to it.

const assert = require('node:assert/strict')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { describe, test } = require('node:test')

const { cleanup, temporaryFolder } = require('./cleanup')
const { tlsJson } = require('./command')
const { password, serve } = require('./ends')
const { DAY, certificate } = require('./x509')
const extensions = require('./x509-extensions')

/** @typedef {import('node:test').TestContext} TestContext */

const ENV = { TLSJSON_PASSWORD: password }
const root = certificate({ subject: 'Root', extensions: extensions.authority() })
const good = certificate({ issuer: root, extensions: extensions.leaf() })

/**
 * @param {TestContext} t
 * @param {{ pem: string }[]} certificates
 * @returns {string[]} options
 */
function trusting(t, ...certificates) {
  const file = path.join(temporaryFolder(t), 'ca.pem')
  fs.writeFileSync(file, certificates.map(({ pem }) => pem).join(''))
  return ['--ca', file]
}

/**
 * @param {TestContext} t
 * @param {import('../helpers/x509').Issued} issued
 * @returns {string[]} options of a client that has that certificate
 */
function having(t, { pem, key }) {
  const folder = temporaryFolder(t)
  const [certFile, keyFile] = [path.join(folder, 'client.crt'), path.join(folder, 'client.key')]
  fs.writeFileSync(certFile, pem)
  fs.writeFileSync(keyFile, key)
  return ['--cert', certFile, '--key', keyFile]
}

/**
 * A tls-json server with a certificate of the test's own.
 *
 * @param {TestContext} t
 * @param {import('../helpers/x509').Issued} leaf
 * @param {{ pem: string }[]} [more] certificates behind its own
 * @param {any} [options]
 * @returns {Promise<string>} where it is
 */
async function serving(t, leaf, more = [], options = {}) {
  const cert = [leaf, ...more].map(({ pem }) => pem).join('')
  const { server, port } = await serve(t, { options: { key: leaf.key, cert, ...options } })
  server.on('error', () => {})
  server.on(
    'request',
    (/** @type {any} */ _id, /** @type {any} */ request, /** @type {any} */ res) => {
      if (request.fail) res.error(new Error('no such thing'))
      else res.send({ fine: true })
    },
  )
  return `localhost:${port}`
}

/**
 * Something else that listens.
 *
 * @param {TestContext} t
 * @param {import('node:net').Server} server
 * @returns {Promise<string>}
 */
async function listening(t, server) {
  /** @type {Set<import('node:net').Socket>} */
  const sockets = new Set()
  server.on('connection', socket => sockets.add(socket.on('error', () => {})))
  cleanup(t, () => {
    server.close()
    for (const socket of sockets) socket.destroy()
  })
  await new Promise(resolve => server.listen(0, '127.0.0.1', () => resolve(undefined)))
  return `localhost:${/** @type {import('node:net').AddressInfo} */ (server.address()).port}`
}

/**
 * @typedef {object} Case
 * @property {string} title
 * @property {(t: TestContext) => Promise<string[]>} make the command line behind `doctor`
 * @property {string} cause
 * @property {string} step
 * @property {number} exit
 * @property {RegExp} says
 * @property {NodeJS.ProcessEnv} [env]
 * @property {string[]} [program] in place of Node with the command
 * @property {string} [error] the code, or the beginning of the code, that a program sees
 */

const alone = (/** @type {any} */ spec) => certificate({ extensions: extensions.leaf(), ...spec })
const days = (/** @type {number} */ count) => new Date(Date.now() + count * DAY)

/**
 * @param {string} about
 * @param {Case[]} cases
 */
function names(about, cases) {
  describe(`doctor: ${about}`, { concurrency: Math.max(2, os.availableParallelism()) }, () => {
    for (const { title, make, cause, step, exit, says, error, program, env } of cases) {
      test(title, async t => {
        const args = await make(t)
        const options = { env: { ...ENV, ...env }, program }
        const { code, stdout, stderr } = await tlsJson(t, ['doctor', ...args], options)
        const text = stdout.replace(/\n( {19}| {2}|(?=\S))/g, (_, indent) =>
          indent === '  ' ? ' ' : '\n',
        )
        assert.match(stdout, new RegExp(`^fail  ${step} `, 'm'), stderr)
        assert.ok(stdout.replace(/\s+/g, ' ').includes(`[${cause}]`), stdout)
        assert.match(text.replace(/\s+/g, ' '), says)
        assert.equal(code, exit, stdout)
        const lines = stdout.trim().split('\n')
        assert.equal(lines.filter(line => line.startsWith('fail')).length, 1)
        assert.ok(lines.at(-1)?.match(/^(- | {2})/), 'what mends it stands last')
        if (error === undefined || stdout.includes(error)) return
        const asked = await tlsJson(t, ['request', ...args, '{}', '--json'], options)
        const seen = JSON.parse(asked.stdout).error.code
        assert.ok(seen.replace('_SSL/TLS_', '_SSLV3_').startsWith(error.replace('…', '')), seen)
      })
    }
  })
}

module.exports = { ENV, alone, days, good, having, listening, names, root, serving, trusting }
