'use strict'

const path = require('node:path')
const { test } = require('node:test')
const { limits } = require('./events')

/**
 * The package under test: this one, or what is in the directory TLS_JSON_SUBJECT. That is this
 * package as it was installed somewhere, or the original, which shows that a test describes what
 * users have and not what we wish they had.
 */
const directory = path.resolve(process.env.TLS_JSON_SUBJECT || path.resolve(__dirname, '../..'))

/** Whether the subject is the original. */
const isOriginal = require(path.join(directory, 'package.json')).name === 'tls-json'

/** @type {typeof import('../../index')} */
const subject = require(directory)

/** Whether Node's own TLS carries everything. */
const overNode = process.env.TLSJSON_TRANSPORT === 'node'

/** For tests that are about rustls: why they are left out where Node's own TLS carries everything. */
const aboutRustls = overNode && 'it is about rustls'

/**
 * A test of something that differs from the original on purpose. On the original it has to fail:
 * a "difference" that holds there too is either no difference or a test that cannot fail.
 *
 * @param {string} name
 * @param {(t: import('node:test').TestContext) => Promise<void> | void} body
 * @param {{ skip?: string | false }} [options]
 */
function difference(name, body, options = {}) {
  if (!isOriginal) return void test(name, options, body)
  test(`expected difference: ${name}`, async t => {
    const usual = limits.deadline
    limits.deadline = 1500
    let failure
    try {
      await body(t)
    } catch (error) {
      failure = error instanceof Error ? error : new Error(String(error))
    } finally {
      limits.deadline = usual
    }
    if (!failure) throw new Error('holds on the original too, so it is no difference')
    t.diagnostic(`the original: ${failure.message.split('\n')[0]}`)
  })
}

module.exports = {
  Server: subject.Server,
  Client: subject.Client,
  directory,
  isOriginal,
  overNode,
  aboutRustls,
  difference,
}
