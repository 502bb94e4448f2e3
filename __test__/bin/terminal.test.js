'use strict'

// The commands at a terminal: colours, typing, Ctrl-C, passwords that are not shown.

const assert = require('node:assert/strict')
const { describe, test } = require('node:test')

const certificates = require('../helpers/certificates')
const { Running, noTerminal } = require('../helpers/command')
const { password, serve } = require('../helpers/ends')
const { freePort } = require('../helpers/free-port')
const { Log } = require('../helpers/events')

const CA = ['--ca', certificates.readmeCa().certFile]
const ENV = { TLSJSON_PASSWORD: password }
const RED = '\x1b[31m'

/** @param {import('node:test').TestContext} t */
async function echoing(t) {
  const { server, port } = await serve(t)
  const log = new Log(server, ['authenticated', 'message', 'close'])
  server.on('error', () => {})
  server.on('request', (/** @type {any} */ _id, /** @type {any} */ { a }, /** @type {any} */ res) =>
    res.send({ a }),
  )
  server.on('message', (/** @type {number} */ id, /** @type {any} */ message) =>
    server.send(id, { got: message }),
  )
  return { server, log, at: [`localhost:${port}`, ...CA] }
}

describe('at a terminal', { skip: noTerminal }, () => {
  test('errors are red, unless NO_COLOR, --no-color or TERM say no', async t => {
    const args = ['request', `localhost:${await freePort()}`, '{}']
    for (const [more, env, isRed] of /** @type {[string[], any, boolean][]} */ ([
      [[], {}, true],
      [[], { NO_COLOR: '1' }, false],
      [['--no-color'], {}, false],
      [[], { TERM: 'dumb' }, false],
    ])) {
      const running = new Running(t, [...args, ...more], { env, terminal: true })
      const { code, stdout } = await running.end()
      assert.equal(code, 3, stdout)
      assert.match(stdout, /tls-json request:/)
      assert.equal(stdout.includes(RED), isRed, JSON.stringify([more, env, stdout]))
      assert.equal(stdout.includes('\x1b'), isRed)
    }
  })

  test('an answer is written so that a person can read it', async t => {
    const { at } = await echoing(t)
    const running = new Running(t, ['request', ...at, '{"a":1}'], { env: ENV, terminal: true })
    assert.deepEqual(await running.end(), { code: 0, stderr: '', stdout: '{\r\n  "a": 1\r\n}\r\n' })
  })

  test('a conversation: messages, requests, mistakes, the certificate, Ctrl-D', async t => {
    const { server, log, at } = await echoing(t)
    const running = new Running(t, ['connect', ...at], { env: ENV, terminal: true })
    await running.prints(/Connected\. A line is a message/)
    running.type('{"n":1}\r')
    await running.prints(/<\S* \{"got":\{"n":1\}\}/)
    running.type('oops\r')
    await running.prints(/line 2 is no JSON/)
    running.type('/request {"a":2}\r')
    await running.prints(/=\S* \{"a":2\}/)
    running.type('/request [1]\r')
    await running.prints(/a request is an object/)
    running.type('/cert\r')
    await running.prints(/subject +CN=localhost/)
    running.type('/stats\r')
    await running.prints(/"loggedIn": 1/)
    running.type('/help\r')
    await running.prints(/\/quit\r\n/)
    const asked = server.request(0, { who: 'are you?' })
    await running.prints(/\?\S* \{"who":"are you\?"\}/)
    running.type('/answer {"name":"a person"}\r')
    assert.deepEqual(await asked, { name: 'a person' })
    assert.deepEqual(log.of('message'), [[0, { n: 1 }]])
    running.type('\x04')
    const { code, stdout } = await running.end()
    assert.equal(code, 0, stdout)
    await log.reach('close')
  })

  test('Ctrl-C ends a conversation in order, with 130', async t => {
    const { log, at } = await echoing(t)
    const running = new Running(t, ['connect', ...at], { env: ENV, terminal: true })
    await running.prints(/Connected/)
    running.type('\x03')
    assert.equal((await running.end()).code, 130)
    await log.reach('close')
  })

  test('Ctrl-C ends a wait for an answer, with 130', async t => {
    const { server, log, at } = await echoing(t)
    server.removeAllListeners('request')
    const args = ['request', ...at, '--timeout', '1h', '{"a":1}']
    const asked = new Promise(resolve => server.once('request', resolve))
    const running = new Running(t, args, { env: ENV, terminal: true })
    await asked
    running.type('\x03')
    assert.equal((await running.end()).code, 130)
    await log.reach('close')
  })

  test('a password that is asked for is not shown', async t => {
    const { at } = await echoing(t)
    const args = ['request', ...at, '--password-file', '-', '{"a":1}']
    const running = new Running(t, args, { terminal: true })
    await running.prints(/Password: /)
    running.type(`${password}\r`)
    const { code, stdout } = await running.end()
    assert.equal(code, 0, stdout)
    assert.ok(!stdout.includes(password), stdout)

    const given = new Running(t, args, { terminal: true })
    await given.prints(/Password: /)
    given.type('secr\x03')
    assert.equal((await given.end()).code, 130)
    assert.ok(!given.stdout.includes('secr'), given.stdout)
  })
})
