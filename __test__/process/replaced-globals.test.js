'use strict'

// Programs, and libraries of theirs, replace JSON.parse and put properties on Object.prototype. What is the engine's own
// business goes on; messages go by what is there, as they always did.

const test = require('node:test')
const assert = require('node:assert/strict')
const { difference, isOriginal, overNode } = require('../helpers/subject')
const { run } = require('../helpers/program')

/**
 * In a process of its own: a server and a client come together, talk, and part.
 *
 * @param {import('../helpers/program').Context} context
 */
async function program({ Server, Client, given, serverConfig, clientConfig }) {
  const { once } = require('node:events')
  /** @type {any} */
  const everything = Object.prototype
  const { parse } = JSON

  const replacements = {
    // Knows messages of this program alone.
    stricter: (/** @type {string} */ text) => {
      const value = parse(text)
      if (value.kind === undefined) throw new TypeError('not one of ours')
      return value
    },
    // Hands out something else.
    other: (/** @type {string} */ text) => ({ wrapped: parse(text), kind: 'wrapped' }),
  }

  /** @type {{ names?: string[], functions?: boolean, replacement?: 'stricter' | 'other' }} */
  const { names = [], functions, replacement } = given
  if (replacement) JSON.parse = replacements[replacement]
  for (const name of names) everything[name] = functions ? () => {} : 'inherited'
  const end = () => {
    for (const name of names) delete everything[name]
  }
  const fail = (/** @type {Error} */ error) => {
    end()
    console.log(error.stack)
    process.exit(1)
  }
  process.on('uncaughtException', fail)
  process.on('unhandledRejection', fail)

  const server = new Server(serverConfig({ keepAliveInterval: 50 }))
  server.on('error', (...args) => fail(args.at(-1)))
  server.on('request', (_id, _message, response) => response.send({ kind: 'response' }))
  await new Promise(resolve => server.listen(0, () => resolve(undefined)))
  const client = new Client(clientConfig(server.tlsServer.address().port))
  client.on('error', fail)
  const arrived = once(server, 'authenticated')
  await once(client, 'authenticated')
  const [id, socket] = await arrived

  let heard = once(server, 'message')
  client.send({ kind: 'message', number: 1 })
  const [, message] = await heard
  heard = once(client, 'message')
  server.send(id, { kind: 'message', number: 2 })
  await heard
  if (replacement === 'other') {
    console.log(JSON.stringify(message))
  } else {
    const response = await client.request({ kind: 'request' })
    if (response.kind !== 'response') fail(new Error('no response'))
  }
  if (replacement) {
    while (server.stats().pings.answered === 0) await new Promise(again => setTimeout(again, 10))
  }
  for (const each of [socket, client.socket]) {
    each.address()
    each.getCipher()
    each.getPeerCertificate(true)
  }
  for (const each of [server, client]) each.stats?.()

  const gone = once(server, 'close')
  const left = once(client, 'close')
  client.disconnect()
  await Promise.all([gone, left])
  await new Promise(resolve => server.close(resolve))
  end()
  console.log('done')
  process.exit()
}

difference(
  'with a JSON.parse that knows messages alone, a login, a ping and an end are as ever',
  async t => {
    const given = { replacement: 'stricter' }
    const { code, stdout } = await run(t, program, { given })
    assert.deepEqual([stdout, code], ['done\n', 0])
  },
)

difference(
  'messages are what JSON.parse makes of them at the moment, and nothing else is',
  async t => {
    const given = { replacement: 'other' }
    const { code, stdout } = await run(t, program, { given })
    const message = '{"wrapped":{"kind":"message","number":1},"kind":"wrapped"}'
    assert.deepEqual([stdout, code], [`${message}\ndone\n`, 0])
  },
)

/** Names of options, of the engine's signals, and of property descriptors. */
const NAMES = [
  ...['type', 'listener', 'port', 'value', 'get', 'set', 'keys', 'address', 'id', 'asked', 'open'],
  ...['listening', 'requestTimeout', 'local', 'remote', 'parameters', 'chain', 'code', 'message'],
  ...['errno', 'syscall', 'kind', 'passphrase', 'format', 'cipher', 'serverName', 'transport'],
]

/** Those by which the original goes wrong, and so does Node's own TLS. With `host` no `net.Server` listens. */
const NAMES_OF_NODE = ['path', 'localAddress', 'lookup', 'family', 'hints']

for (const functions of [false, true]) {
  test(`${functions ? 'functions' : 'strings'} on Object.prototype are nothing to us`, async t => {
    // Node refuses a function for a passphrase.
    const names = NAMES.filter(name => !(functions && name === 'passphrase'))
    if (!isOriginal) names.push('error')
    if (!isOriginal && !overNode) names.push(...NAMES_OF_NODE)
    const { code, stdout } = await run(t, program, { given: { names, functions } })
    assert.deepEqual([stdout, code], ['done\n', 0])
  })
}
