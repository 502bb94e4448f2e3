'use strict'

const assert = require('node:assert/strict')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { test } = require('node:test')
const subject = require('./helpers/subject')
const { clientConfig, serverConfig } = require('./helpers/ends')
const { bounded, next } = require('./helpers/events')
const { cleanup, closeClient, closeServer } = require('./helpers/cleanup')
const { start } = require('./helpers/program')

// The original keeps the timers of answered requests; and its directory is not copied.
const only = subject.isOriginal ? { skip: 'about this package alone' } : {}

test('many cycles and terminated workers leave nothing behind', only, async t => {
  const file = path.join(__dirname, 'cycles.js')
  const args = ['--expose-gc', file, '--cycles', '1000', '--workers', '20']
  const { code, stdout, stderr } = await start(t, args, { within: 300_000 })
  assert.equal(stderr, '')
  assert.equal(code, 0, stdout)
  const { done } = JSON.parse(stdout.trim().split('\n').at(-1) ?? '{}')
  assert.equal(done, 20, stdout)
})

/**
 * What is loaded when the package is required, somewhere else.
 *
 * @param {import('node:test').TestContext} t
 * @returns {string} its directory
 */
function copyPackage(t) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'tls-json-native-copy-'))
  cleanup(t, () => fs.rmSync(folder, { recursive: true, force: true }))
  for (const name of ['package.json', 'index.js', 'Server.js', 'Client.js', 'lib']) {
    fs.cpSync(path.join(subject.directory, name), path.join(folder, name), { recursive: true })
  }
  const build = path.join(subject.directory, 'build')
  fs.mkdirSync(path.join(folder, 'build'))
  for (const name of fs.readdirSync(build).filter(each => each.endsWith('.node'))) {
    fs.copyFileSync(path.join(build, name), path.join(folder, 'build', name))
  }
  return folder
}

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
