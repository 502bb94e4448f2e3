'use strict'

const assert = require('node:assert/strict')
const os = require('node:os')
const { test } = require('node:test')

// Taken by lib/net/zone.js when it is loaded.
Object.defineProperty(process, 'versions', { value: { ...process.versions, uv: '1.51.0' } })
Object.defineProperty(process, 'platform', { value: 'linux' })
const { withZone } = require('../../lib/net/zone')

/**
 * @param {import('node:test').TestContext} t
 * @param {() => any} list What the system lists.
 */
function listed(t, list) {
  t.mock.method(os, 'networkInterfaces', list)
}

const INTERFACES = {
  lo: [{ address: '::1' }],
  one: [{ address: '10.0.0.1' }, { address: 'fe80::1' }],
  two: [{ address: 'fe80::2' }],
}

test('a link-local address without a zone is that of the first interface that has one', t => {
  listed(t, () => INTERFACES)
  assert.equal(withZone('fe80::9'), 'fe80::9%one')
  assert.equal(withZone('FE80::9'), 'FE80::9%one')
  assert.equal(withZone('fe80::9%nothing'), 'fe80::9%one')
  for (const address of ['fe80::9%two', '::1', '10.0.0.1']) assert.equal(withZone(address), address)
})

test('where there is no such interface, or none is listed, it stays as it is', t => {
  listed(t, () => ({ lo: INTERFACES.lo }))
  assert.equal(withZone('fe80::9'), 'fe80::9')
  listed(t, () => {
    throw new Error('uv_interface_addresses returned Unknown system error 13')
  })
  assert.equal(withZone('fe80::9'), 'fe80::9')
})
