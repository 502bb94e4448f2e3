'use strict'

// What is tested everywhere else over rustls is tested here over Node's own TLS, as far as the transport matters to it.
// With TLSJSON_TRANSPORT=node in the environment `npm test` runs everything that way.

const assert = require('node:assert/strict')
const { spawnSync } = require('node:child_process')
const path = require('node:path')
const { test } = require('node:test')

const { aboutRustls } = require('./helpers/subject')

const about = [
  'close',
  'connection-errors',
  'end',
  'keepalive',
  'limits',
  'requests',
  'socket',
  'strangers',
  'tls-broken-later',
  'tls-floods',
  'tls-identity',
]

test("Node's own TLS can carry everything", { skip: aboutRustls }, () => {
  const { NODE_TEST_CONTEXT: _, ...env } = process.env
  const { status, stdout } = spawnSync(
    process.execPath,
    ['--test', ...about.map(name => path.join(__dirname, `${name}.test.js`))],
    { env: { ...env, TLSJSON_TRANSPORT: 'node' }, encoding: 'utf8', timeout: 240_000 },
  )
  assert.equal(status, 0, stdout)
})
