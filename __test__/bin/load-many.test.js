'use strict'

// `load` with as many connections as one process should bear.

const assert = require('node:assert/strict')
const fs = require('node:fs')
const path = require('node:path')
const { test } = require('node:test')

const { temporaryFolder } = require('../helpers/cleanup')
const { tlsJson } = require('../helpers/command')
const { password, serve } = require('../helpers/ends')
const { certificate } = require('../helpers/x509')

const CONNECTIONS = 5000

test('load drives 5,000 connections from one process', async t => {
  // Elliptic curves: thousands of handshakes with RSA are a matter of minutes.
  const { key, pem } = certificate({})
  const { server, port } = await serve(t, { options: { key, cert: pem } })
  /** @type {Set<number>} */
  const asking = new Set()
  server.on('error', () => {})
  server.on(
    'request',
    (/** @type {number} */ id, /** @type {any} */ _request, /** @type {any} */ res) => {
      asking.add(id)
      res.send({})
    },
  )
  const ca = path.join(temporaryFolder(t), 'ca.pem')
  fs.writeFileSync(ca, pem)
  const more = ['-c', String(CONNECTIONS), '-R', '2000/s', '-d', '5s', '--timeout', '50s', '--json']
  const { code, stdout, stderr } = await tlsJson(
    t,
    ['load', `localhost:${port}`, '--ca', ca, ...more],
    {
      env: { TLSJSON_PASSWORD: password },
    },
  )
  assert.equal(code, 0, stderr)
  const { count, lost, errors } = JSON.parse(stdout)
  assert.equal(lost, 0)
  assert.equal(errors, 0)
  assert.ok(count >= CONNECTIONS)
  assert.equal(asking.size, CONNECTIONS)
})
