'use strict'

// What can be of no use is said so at once, with what was given and what to do; what probably is a mistake, by a warning.

const assert = require('node:assert/strict')
const { test } = require('node:test')

const { clientConfig, serverConfig } = require('../helpers/ends')
const { freePort } = require('../helpers/free-port')
const { closeServer } = require('../helpers/cleanup')
const certificates = require('../helpers/certificates')
const { bounded } = require('../helpers/events')
const { run } = require('../helpers/program')
const { bothRoles } = require('../helpers/roles')
const { Client, Server, difference } = require('../helpers/subject')

difference('without a configuration neither class can be made, and both say so', () => {
  for (const Class of /** @type {any[]} */ ([Server, Client])) {
    for (const [config, shown] of [
      [undefined, 'undefined'],
      [null, 'null'],
      [8888, '8888'],
      ['localhost', "'localhost'"],
    ]) {
      assert.throws(() => new Class(config), {
        name: 'TypeError',
        code: 'ERR_INVALID_ARG_TYPE',
        message: new RegExp(`of a ${Class.name} must be an object, as in new .*Received ${shown}$`),
      })
    }
  }
})

difference('a time that is no number is refused, whichever it is', async () => {
  const port = await freePort()
  for (const [make, names] of /** @type {[(config: any) => any, string[]][]} */ ([
    [
      config => new Server(serverConfig(config)),
      ['requestTimeout', 'keepAliveInterval', 'keepAliveTimeout', 'authTimeout', 'deadPeerTimeout'],
    ],
    [
      config => new Client(clientConfig(port, config)),
      ['requestTimeout', 'reconnectInterval', 'deadPeerTimeout', 'silenceTimeout'],
    ],
  ])) {
    for (const name of names) {
      for (const value of ['10s', 'soon', ' ', true, {}, [5]]) {
        assert.throws(() => make({ [name]: value }), {
          name: 'TypeError',
          code: 'ERR_INVALID_ARG_VALUE',
          message: new RegExp(`^The option ${name} must be a number of milliseconds.* Received `),
        })
      }
    }
  }
})

test('a time may be a numeric string, and what is falsy is the default', t => {
  for (const [given, meant] of [
    ['2500', '2500'],
    [0, 10_000],
    [null, 10_000],
    ['', 10_000],
  ]) {
    const server = /** @type {any} */ (new Server(serverConfig({ requestTimeout: given })))
    closeServer(t, server)
    assert.equal(server.requests.requestTimeout, meant)
  }
  const config = { keepAliveInterval: '2500', keepAliveTimeout: '500' }
  closeServer(t, /** @type {any} */ (new Server(serverConfig(config))))
})

bothRoles(difference, 'a request that cannot carry its id is rejected at once', async end => {
  const { request, peer, node } = end
  const why = /must be an object, and no array, because it carries an id: put it into one/
  for (const [value, shown] of /** @type {[any, RegExp][]} */ ([
    [[1, 2, 3, 4, 5], /Received \[ 1, 2, 3, \.\.\. 2 more items \]$/],
    [() => 1, /Received \[Function/],
    ['text', /Received 'text'$/],
    [7n, /Received 7n$/],
    [null, /Received null$/],
    [{ toJSON() {} }, /Received \{/],
  ])) {
    const promise = request(value)
    assert.equal(Object.getPrototypeOf(promise), Promise.prototype)
    const error = await bounded(promise, 'a rejection').catch((/** @type {any} */ e) => e)
    assert.equal(error.code, 'ERR_INVALID_ARG_TYPE', String(error))
    assert.ok(error instanceof TypeError)
    assert.match(error.message, why)
    assert.match(error.message, shown)
  }
  assert.equal(node.requests.requests.size, 0)
  void request({ marker: 1 }).catch(() => {})
  assert.match(await peer.line(), /^\{"marker":1,"requestId":\d+\}$/)
})

bothRoles(difference, 'an answer nothing can be written into says so, with a code', async end => {
  const { onRequest, peer } = end
  const seen = new Promise(resolve => onRequest((_req, res) => resolve(res)))
  await peer.send({ requestId: 4 })
  const res = /** @type {any} */ (await seen)
  for (const value of [undefined, null, 5, 'text', true]) {
    assert.throws(() => res.send(value), {
      name: 'TypeError',
      code: 'ERR_INVALID_ARG_TYPE',
      message: /^The answer to a request must be an object, .* put it into one/,
    })
  }
})

bothRoles(test, 'an array as an answer arrives as a message', async ({ onRequest, peer }) => {
  onRequest((_req, res) => assert.equal(res.send([1, 2]), undefined))
  await peer.send({ requestId: 4 })
  assert.equal(await peer.line(), '[1,2]')
})

difference('options of ours that are almost right are told, once each', async t => {
  const { code, stdout, stderr } = await run(
    t,
    ({ Server: S, Client: C, serverConfig: s, given }) => {
      process.on('warning', warning => {
        const { code: told, message } = /** @type {any} */ (warning)
        process.stdout.write(`${[told, ...(message.match(/`\w+`/g) ?? [])].join(' ')}\n`)
      })
      const config = s({
        pasword: 'x',
        keepaliveinterval: 1000,
        requestTimeouts: 5,
        maxBufferBytes: 5,
        silenceTimout: 5,
      })
      delete config.requestTimeout
      delete config.keepAliveInterval
      for (let n = 0; n < 2; n++) new S(config)
      // One configuration for both classes, names of the user's own, and an option that is there beside its like.
      new S({ ...config, pasword: undefined, reconnectInterval: 5, silenceTimeout: 1, name: 'x' })
      new S({ password: 'x', passwords: [], post: 5, timeout: 5, hosts: [], optional: 1 })
      const client = new C({ port: given, reconectInterval: 5, requestTimeout: 5 })
      client.on('error', () => {})
    },
    { given: await freePort() },
  )
  assert.equal(code, 0, stderr)
  assert.deepEqual(stdout.trimEnd().split('\n'), [
    'TLSJSON_UNKNOWN_OPTION `keepaliveinterval` `keepAliveInterval`',
    'TLSJSON_UNKNOWN_OPTION `requestTimeouts` `requestTimeout`',
    'TLSJSON_UNKNOWN_OPTION `maxBufferBytes` `maxBufferedBytes`',
    'TLSJSON_UNKNOWN_OPTION `reconectInterval` `reconnectInterval`',
  ])
})

difference('an array or a function as an answer is told, once', async t => {
  const { code, stdout, stderr } = await run(
    t,
    ({ Server: S, Client: C, serverConfig: s, clientConfig: c }) => {
      process.on('warning', warning => {
        const { code: told, message } = /** @type {any} */ (warning)
        process.stdout.write(`${[told, ...(message.match(/`\w+`/g) ?? [])].join(' ')}\n`)
      })
      const server = new S(s())
      server.on(
        'request',
        (/** @type {any} */ _id, /** @type {any} */ { n }, /** @type {any} */ res) => {
          res.send(n === 1 ? [] : n === 2 ? () => {} : { n })
        },
      )
      server.listen(0, () => {
        const client = new C(c(server.tlsServer.address().port))
        client.on('authenticated', async () => {
          client.request({ n: 1 }).catch(() => {})
          client.request({ n: 2 }).catch(() => {})
          await client.request({ n: 3 })
          client.disconnect()
          server.close()
        })
      })
    },
  )
  assert.equal(code, 0, stderr)
  assert.equal(stdout, 'TLSJSON_NO_ANSWER\n')
})

/**
 * A server that listens; its warnings are printed.
 *
 * @param {import('../helpers/program').Context} context
 */
function listens({ Server: S, given: { name, pair } }) {
  const password = 'x'
  process.on('warning', warning => process.stdout.write(/** @type {any} */ (warning).code))
  /** @type {Record<string, any>} */
  const options = {
    'key and cert': pair,
    pskCallback: { pskCallback: () => null, ciphers: 'PSK' },
    SNICallback: { SNICallback: () => {} },
    'suites without': { ciphers: 'aNULL:@SECLEVEL=0', maxVersion: 'TLSv1.2' },
    'a key alone': { key: pair.key },
    'no keys for it': { cert: pair.cert, key: [] },
  }
  const server = new S({ options: options[name], password })
  server.listen(0, () => {
    if (name === 'setSecureContext') server.tlsServer.setSecureContext(pair)
    if (name === 'addContext') server.tlsServer.addContext('localhost', pair)
    setImmediate(() => setImmediate(() => server.close()))
  })
}

/**
 * @param {import('node:test').TestContext} t
 * @param {string} name
 */
async function warningsOf(t, name) {
  const { key, cert } = certificates.readmeCa()
  const given = { name, pair: { key: String(key), cert: String(cert) } }
  const { code, stdout, stderr } = await run(t, listens, { given })
  assert.equal(code, 0, stderr)
  return stdout
}

for (const name of [
  'key and cert',
  'pskCallback',
  'SNICallback',
  'suites without',
  'setSecureContext',
  'addContext',
]) {
  test(`a server that has something to show warns of nothing: ${name}`, async t => {
    assert.equal(await warningsOf(t, name), '')
  })
}

for (const name of ['nothing', 'a key alone', 'no keys for it']) {
  difference(`a server that listens without a certificate warns: ${name}`, async t => {
    assert.equal(await warningsOf(t, name), 'TLSJSON_NO_CERTIFICATE')
  })
}
