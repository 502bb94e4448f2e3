'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')
const subject = require('../helpers/subject')
const { clientConfig, serverConfig } = require('../helpers/ends')
const { bounded, next } = require('../helpers/events')
const { closeClient, closeServer } = require('../helpers/cleanup')
const { copyPackage } = require('../helpers/copy')

// The original's directory is not copied.
const only = subject.isOriginal ? { skip: 'about this package alone' } : {}

test('two copies of the package work beside each other and with each other', only, async t => {
  /** @type {any} */
  const copy = require(copyPackage(t))
  assert.notEqual(copy.Server, subject.Server)
  const pairs = [
    [subject.Server, copy.Client],
    [copy.Server, subject.Client],
    [copy.Server, copy.Client],
    [subject.Server, subject.Client],
  ]
  const answers = pairs.map(async ([Server, Client], n) => {
    const server = new Server(serverConfig())
    closeServer(t, server)
    server.on('request', (/** @type {any} */ _id, /** @type {any} */ req, /** @type {any} */ res) =>
      res.send(req),
    )
    await bounded(new Promise(resolve => server.listen(0, () => resolve(undefined))), 'listening')
    const client = new Client(clientConfig(server.tlsServer.address().port))
    closeClient(t, client)
    await next(client, 'authenticated')
    return client.request({ n })
  })
  assert.deepEqual(await Promise.all(answers), [{ n: 0 }, { n: 1 }, { n: 2 }, { n: 3 }])
})
