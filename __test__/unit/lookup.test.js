'use strict'

const assert = require('node:assert/strict')
const dns = require('node:dns')
const net = require('node:net')
const { test } = require('node:test')
const { connectTarget, normaliseConnectArgs, resolve } = require('../../lib/net/lookup')
const { freePort } = require('../helpers/free-port')

/**
 * @param {() => unknown} run
 * @returns {any} what it threw
 */
function thrown(run) {
  try {
    run()
  } catch (error) {
    return error
  }
  return null
}

/**
 * @param {Record<string, any>} options
 * @returns {Promise<{ error: any, addresses: { address: string, family: number }[] }>}
 */
function resolved(options) {
  return new Promise(done => {
    let returned = false
    resolve(options, (error, addresses) => {
      assert.equal(returned, true, 'called back too early')
      done({ error, addresses })
    })
    returned = true
  })
}

/**
 * @param {any} error
 * @returns {unknown}
 */
const shape = error =>
  error && { ...error, message: error.message, name: error.name, text: String(error) }

/**
 * @param {any[]} args of `net.connect`, or `tls.connect`
 * @returns {any} the error Node throws at once
 */
function nodeThrows(args) {
  const socket = new net.Socket()
  socket.on('error', () => {})
  const error = thrown(() => socket.connect(.../** @type {[any]} */ (args)))
  socket.destroy()
  return error
}

test('a port is a number, a numeric string, or the path of a pipe', () => {
  for (const port of [0, 1, 80, '80', '', ' ', 'abc', '/tmp/x', '-1', '0x50', undefined]) {
    const [node] = /** @type {any} */ (net)._normalizeArgs([port, 'host.example'])
    const { options } = normaliseConnectArgs({ port, host: 'host.example', options: undefined })
    assert.deepEqual({ ...options }, node, String(port))
  }
})

test('keys of options win, and the user’s object is left alone', () => {
  const given = Object.freeze({ host: 'b', port: 2, path: undefined, ca: 'x' })
  const { host, port, path, options } = normaliseConnectArgs({ host: 'a', port: 1, options: given })
  assert.deepEqual([host, port, path], ['b', 2, undefined])
  assert.deepEqual({ ...options }, { host: 'b', port: 2, path: undefined, ca: 'x' })
  assert.notEqual(options, given)
  assert.equal(
    normaliseConnectArgs({ host: 'a', port: 1, options: { host: undefined } }).host,
    undefined,
  )
  assert.deepEqual({ ...normaliseConnectArgs({ port: 1, options: null }).options }, { port: 1 })
  assert.deepEqual(
    normaliseConnectArgs({ port: 1, host: undefined, options: { host: 'c' } }).host,
    'c',
  )
})

test('what Node refuses at once is refused with Node’s own error', () => {
  const lookup = () => {}
  const cases = [
    {},
    { port: undefined },
    { port: null },
    { port: 70000 },
    { port: -1 },
    { port: 1.5 },
    { port: NaN },
    { port: '' },
    { port: ' ' },
    { port: 'x' },
    { port: '70000' },
    { port: {} },
    { port: 1, localAddress: 'not-an-address' },
    { port: 1, localPort: 'x' },
    { port: 1, lookup: 5 },
    { port: 1, autoSelectFamily: 1 },
    { port: 1, autoSelectFamilyAttemptTimeout: 0 },
    { port: 1, autoSelectFamilyAttemptTimeout: 'x' },
    { path: 5 },
  ]
  for (const options of cases) {
    const node = nodeThrows([{ host: 'localhost', lookup, ...options }])
    assert.ok(node, JSON.stringify(options))
    assert.deepEqual(
      shape(thrown(() => connectTarget({ host: 'localhost', ...options }))),
      shape(node),
    )
  }
})

test('what Node takes is taken, and nothing is connected to', t => {
  const connect = t.mock.method(net.Socket.prototype, 'connect', () => {
    throw new Error('must not be called')
  })
  assert.deepEqual(connectTarget({ port: '8080', localAddress: '127.0.0.1', localPort: 5 }), {
    path: null,
    host: 'localhost',
    port: 8080,
    localAddress: '127.0.0.1',
    localPort: 5,
    attemptTimeout: net.getDefaultAutoSelectFamilyAttemptTimeout(),
  })
  assert.equal(connectTarget({ path: '/tmp/pipe' }).path, '/tmp/pipe')
  assert.equal(connectTarget({ port: 1, autoSelectFamilyAttemptTimeout: 1 }).attemptTimeout, 10)
  assert.equal(connect.mock.callCount(), 0)
  connect.mock.restore()
  let asked = 0
  const lookup = () => (asked += 1)
  assert.equal(connectTarget({ port: '0x50', host: 'name.example', lookup }).port, 80)
  assert.equal(connectTarget({ port: ' 81 ', host: '127.0.0.1', lookup }).port, 81)
  assert.equal(asked, 0)
})

test('addresses need no lookup', async () => {
  const lookup = () => assert.fail('looked up')
  for (const [host, family] of /** @type {const} */ ([
    ['127.0.0.1', 4],
    ['::1', 6],
  ])) {
    const { error, addresses } = await resolved({ host, port: 1, lookup })
    assert.equal(error, null)
    assert.deepEqual(addresses, [{ address: host, family }])
  }
})

test('the lookup is asked what Node asks', async () => {
  const port = await freePort()
  const cases = [
    {},
    { family: 4 },
    { family: 6 },
    { family: 'IPv4' },
    { family: 'IPv6' },
    { family: 0 },
    { hints: dns.V4MAPPED },
    { autoSelectFamily: true },
    { autoSelectFamily: false },
    { autoSelectFamily: true, family: 4 },
    { autoSelectFamily: true, localAddress: '127.0.0.1' },
  ]
  for (const options of cases) {
    /** @type {any[]} */
    const asked = []
    const lookup = (/** @type {any[]} */ ...[host, question, found]) => {
      asked.push([host, { ...question }])
      setImmediate(found, new Error('stop'))
    }
    const socket = net.connect(/** @type {any} */ ({ host: 'x.invalid', port, lookup, ...options }))
    await new Promise(done => socket.once('error', done))
    const { error } = await resolved({ host: 'x.invalid', port, lookup, ...options })
    assert.equal(error.message, 'stop')
    assert.deepEqual(asked[1], asked[0], JSON.stringify(options))
  }
})

test('whatever a lookup answers, Node’s order or Node’s error comes out', async () => {
  const v4 = (/** @type {number} */ n) => ({ address: `127.0.0.${n}`, family: 4 })
  const v6 = (/** @type {number} */ n) => ({ address: `::${n}`, family: 6 })
  const port = await freePort()
  /** @type {[boolean, any[]][]} */
  const cases = [
    [true, [null, [v4(1), v4(2), v6(1), v4(3)]]],
    [true, [null, [v6(1), v6(2), v4(1), v4(2)]]],
    [
      true,
      [null, [v4(1), v4(1), v4(2), { address: 'x', family: 4 }, { address: '::1', family: 5 }]],
    ],
    [true, [null, [{ address: 'x', family: 4 }]]],
    [true, [null, [{ address: '127.0.0.1', family: 5 }]]],
    [true, [null, '127.0.0.1', 4]],
    [false, [null, '127.0.0.1', 4]],
    [false, [null, 'x', 4]],
    [false, [null, undefined, undefined]],
    [false, [null, '127.0.0.1', 5]],
    [false, [null, '127.0.0.1']],
  ]
  for (const [autoSelectFamily, answer] of cases) {
    for (const defer of [(/** @type {() => void} */ run) => run(), setImmediate]) {
      const lookup = (/** @type {any[]} */ ...[, , found]) => void defer(() => found(...answer))
      const options = { host: 'x.invalid', port, lookup, autoSelectFamily }
      const socket = net.connect(/** @type {any} */ (options))
      const node = await new Promise(done => socket.once('error', done))
      const { error, addresses } = await resolved(options)
      if (error) {
        assert.deepEqual(shape(error), shape(node))
      } else {
        const tried = /** @type {any} */ (node).errors ?? [node]
        assert.deepEqual(
          addresses.map(({ address }) => address),
          tried.map((/** @type {any} */ one) => one.address),
        )
      }
    }
  }
})

test('an unknown host, and a family that is none', async () => {
  const { error } = await resolved({ host: 'no.such.host.invalid', port: 1 })
  const node = await new Promise(done =>
    net.connect({ host: 'no.such.host.invalid', port: 1 }).once('error', done),
  )
  assert.deepEqual(shape(error), shape(node))
  assert.equal(error.syscall, 'getaddrinfo')
  const ours = thrown(() => resolve({ host: 'localhost', port: 1, family: 5 }, () => {}))
  assert.deepEqual(shape(ours), shape(nodeThrows([{ host: 'localhost', port: 1, family: 5 }])))
})

test('only the first answer counts, and an empty one is an error', async () => {
  const lookup = (/** @type {any[]} */ ...[, , found]) => {
    found(null, '127.0.0.1', 4)
    found(new Error('again'))
  }
  const { error, addresses } = await resolved({ host: 'x', lookup, autoSelectFamily: false })
  assert.equal(error, null)
  assert.equal(addresses.length, 1)
  const none = (/** @type {any[]} */ ...[, , found]) => found(null, [])
  const empty = await resolved({ host: 'x', lookup: none, autoSelectFamily: true })
  assert.equal(empty.error.code, 'ERR_INVALID_IP_ADDRESS')
})
