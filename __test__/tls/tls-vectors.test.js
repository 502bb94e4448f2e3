'use strict'

const assert = require('node:assert/strict')
const fs = require('node:fs')
const path = require('node:path')
const { test } = require('node:test')

/** Where each of the 76 vectors of TLS is tested: those that are not among the tables of
 * `tls-vectors-*.test.js` by the name of a test. */

/** @type {Record<string, [file: string, title: string]>} */
const ELSEWHERE = {
  '11 stolen-cert': ['rust/tls_handshake.rs', 'a_pinned_certificate_with_another_key_fails'],
  '12 stolen-v1': ['rust/tls_handshake.rs', 'a_pinned_certificate_with_another_key_fails'],
  '49 no-early-write': ['tls/tls-identity.test.js', 'nothing encrypted has left'],
  '63 notfound': [
    'connection/connection-errors.test.js',
    'an unknown host: ENOTFOUND as node gives it',
  ],
  '64 addrinuse': ['transport/listen.test.js', "a port in use: 'error' on tlsServer"],
  '65 bad-material': [
    'unit/tls-options.test.js',
    'what Node refuses is refused with Node’s own error',
  ],
  '70 env-insecure': [
    'unit/tls-options.test.js',
    'NODE_TLS_REJECT_UNAUTHORIZED is read at each connect',
  ],
  '71 extra-ca': ['unit/trust.test.js', 'NODE_EXTRA_CA_CERTS adds to them'],
  '72 eof-no-notify': [
    'connection/connection-errors.test.js',
    'an end without close_notify is an end, no error',
  ],
  '73 last-words': ['protocol/login-hazards.test.js', 'incorrect password'],
  '74 options-host-wins': ['tls/tls-options.test.js', 'host, port and path in options win'],
  '75 mapped-v4': ['connection/socket.test.js', 'addresses of an accepted connection'],
}

const read = (/** @type {string} */ file) =>
  fs.readFileSync(path.join(__dirname, '..', file), 'utf8')

test('each of the 76 vectors is tested', () => {
  const tables = fs
    .readdirSync(__dirname)
    .filter(file => /^tls-vectors-.*\.test\.js$/.test(file))
    .map(file => read(`tls/${file}`))
    .join('\n')
  for (const [name, [file, title]] of Object.entries(ELSEWHERE)) {
    assert.ok(read(file).includes(title), `${name}: ${file} has no test "${title}"`)
  }
  const elsewhere = Object.keys(ELSEWHERE).map(name => Number.parseInt(name, 10))
  const missing = []
  for (let number = 1; number <= 76; number++) {
    // `'12 name…'`, also in the form `'1, 2 name…'`.
    const named = new RegExp(`['\`](?:\\d+, )*${number}(?:, \\d+)* [\\w-]`)
    if (!elsewhere.includes(number) && !named.test(tables)) missing.push(number)
  }
  assert.deepEqual(missing, [])
})
