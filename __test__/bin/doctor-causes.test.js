'use strict'

// Nothing that doctor knows, and nothing that the documents say about connecting, is without a case.

const assert = require('node:assert/strict')
const fs = require('node:fs')
const path = require('node:path')
const { test } = require('node:test')

const { ROOT } = require('../../lib/engine/addon-file')

const CASES = ['network', 'certificates', 'logins'].flatMap(name => require(`./doctor/${name}`))

/** Codes in docs/reference/errors.md that no client gets because it does not get in, and where they come from instead. */
const ELSEWHERE = [
  // A program of this end, what it does and how it is set up.
  ...['TLSJSON_NOT_CONNECTED', 'TLSJSON_PASSWORD_FAILED', 'TLSJSON_UNSUPPORTED_OPTION'],
  ...['TLSJSON_NO_BINARY', 'TLSJSON_CANNOT_START', 'TLSJSON_INTERNAL', 'ERR_INVALID_ARG_VALUE'],
  ...['ERR_INVALID_ARG_TYPE', 'ERR_UNHANDLED_ERROR', 'ERR_OSSL_…', 'ERR_SOCKET_BAD_PORT'],
  ...['ERR_MISSING_ARGS'],
  // The end of trying again; its cause is one of the others.
  ...['TLSJSON_RECONNECT_FAILED'],
  // A connection that was logged in.
  ...['TLSJSON_REQUEST_TIMEOUT', 'TLSJSON_CONNECTION_LOST', 'TLSJSON_REMOTE_ERROR'],
  ...['TLSJSON_MESSAGE_TOO_LONG', 'TLSJSON_BUFFER_FULL', 'TLSJSON_SILENCE'],
  // Servers and clusters.
  ...['EADDRINUSE', 'EACCES'],
  ...['TLSJSON_AUTHENTICATE_TIMEOUT', 'TLSJSON_TOO_MANY_HANDSHAKES', 'ERR_TLS_HANDSHAKE_TIMEOUT'],
  ...['ERR_SSL_HTTP_REQUEST', 'TLSJSON_BROKER_DOWN', 'TLSJSON_NODE_LOST'],
  ...['TLSJSON_NO_BROKER_CLIENT', 'TLSJSON_BROKER_REFUSED'],
  // How Node.js 24 spells another one.
  ...['ERR_SSL_SSL/TLS_ALERT_…'],
]

/**
 * @param {string} name
 * @returns {string}
 */
function page(name) {
  return fs.readFileSync(path.join(ROOT, 'docs', 'reference', name), 'utf8')
}

/** @param {string} text @returns {string[]} */
function codesIn(text) {
  return [...text.matchAll(/`([A-Z][A-Z0-9_/]+…?)`/g)].map(([, code]) => String(code))
}

test('each cause has a case', () => {
  const [, list = ''] =
    page('command-line.md').match(/<!-- causes -->([^]*)<!-- \/causes -->/) ?? []
  const documented = [...list.matchAll(/`([a-z-]+)`/g)].map(([, cause]) => cause)
  assert.deepEqual([...new Set(CASES.map(({ cause }) => cause))].sort(), documented.sort())
})

test('each code of errors.md about connecting has a case', () => {
  const [, own = ''] =
    page('errors.md').match(/\n## Codes of this package\n([^]*?)\n## Codes of warnings\n/) ?? []
  const [, nodes = ''] =
    page('errors.md').match(/\n## Node's codes met most often\n([^]*?)\n## /) ?? []
  const codes = `${own}${nodes}`
    .split(/^### /m)
    .slice(1)
    .flatMap(row => {
      const [heading = '', , first = ''] = row.split(/(\n\n)/)
      return heading.includes('`') ? codesIn(heading) : codesIn(first)
    })
  assert.ok(codes.includes('TLSJSON_CONNECT_TIMEOUT') && codes.includes('INVALID_CA'), 'are read')
  assert.deepEqual(
    ELSEWHERE.filter(code => !codes.includes(code)),
    [],
    'documented no more',
  )
  const seen = CASES.map(({ error }) => error)
  assert.deepEqual(
    codes.filter(code => !ELSEWHERE.includes(code) && !seen.includes(code)),
    [],
    'without a case',
  )
})
