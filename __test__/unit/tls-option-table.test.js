'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')
const tls = require('node:tls')
const { needsNode } = require('../../lib/tls/option-table')

test('the first option that only Node’s TLS honours is named', () => {
  const secureContext = tls.createSecureContext()
  const privateKeyEngine = 'engine'
  assert.equal(needsNode({ secureContext }, 'client'), 'secureContext')
  assert.equal(needsNode({ socket: {}, privateKeyEngine }, 'client'), 'privateKeyEngine')
  assert.equal(needsNode({ pskCallback() {} }, 'server'), 'pskCallback')
})

test('an option of the other role, or one that asks for nothing, needs no Node', () => {
  const secureContext = tls.createSecureContext()
  assert.equal(needsNode({ secureContext, socket: {} }, 'server'), null)
  assert.equal(needsNode({ pskCallback: null, privateKeyEngine: undefined }, 'server'), null)
  for (const options of [undefined, null, {}, { nonsense: 1 }]) {
    assert.equal(needsNode(options, 'client'), null)
  }
})
