'use strict'

// The program in benchmark/floor speaks the wire format, or its figures would compare nothing.

const assert = require('node:assert/strict')
const path = require('node:path')
const { before, test } = require('node:test')

const { ROOT } = require('../../lib/engine/addon-file')
const { build } = require('../../benchmark/floor/build')
const certificates = require('../helpers/certificates')
const { start } = require('../helpers/program')

const FLOOR = path.join(ROOT, 'benchmark', 'floor')
const reference = process.env.TLS_JSON_REFERENCE && path.resolve(process.env.TLS_JSON_REFERENCE)

const skip = process.platform !== 'linux' && 'the floor is for Linux'

before(() => {
  if (!skip) build()
})

/** Who talks to whom. @type {[title: string, server: string, client: string][]} */
const PAIRS = [
  ['a client of its own', FLOOR, FLOOR],
  ['our client', FLOOR, ROOT],
  ['our server', ROOT, FLOOR],
]
if (reference) {
  PAIRS.push(['the original client', FLOOR, reference], ['the original server', reference, FLOOR])
}

for (const [title, server, client] of PAIRS) {
  test(`the floor and ${title}: requests and messages, in order and whole`, { skip }, async t => {
    const { keyFile, certFile } = certificates.readmeCa()
    const fixture = path.join(ROOT, '__test__', 'fixtures', 'floor-talk.js')
    const { code, stdout, stderr } = await start(t, [fixture, server, client, keyFile, certFile])
    assert.equal(code, 0, stdout + stderr)
    assert.equal(stdout, 'heard all\n')
  })
}
