'use strict'

// Where the event loop cannot watch sockets (outside Linux, or with TLSJSON_READ=threads) other threads read them. What
// is tested everywhere else with the event loop reading is tested here that way, as far as reading matters to it.

const assert = require('node:assert/strict')
const { spawnSync } = require('node:child_process')
const path = require('node:path')
const { test } = require('node:test')

const { aboutRustls } = require('../helpers/subject')

const about = [
  'protocol/api',
  'connection/close',
  'protocol/continuations',
  'connection/end',
  'protocol/framing',
  'protocol/keepalive',
  'connection/many',
  'protocol/requests',
  'connection/socket',
  'process/workers',
]

test('other threads can read the sockets in place of the event loop', { skip: aboutRustls }, () => {
  const { NODE_TEST_CONTEXT: _, ...env } = process.env
  const { status, stdout } = spawnSync(
    process.execPath,
    ['--test', ...about.map(name => path.join(__dirname, '..', `${name}.test.js`))],
    { env: { ...env, TLSJSON_READ: 'threads' }, encoding: 'utf8', timeout: 400_000 },
  )
  assert.equal(status, 0, stdout)
})
