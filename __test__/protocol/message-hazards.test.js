'use strict'

// Lines that are meant to break who reads them: too many, too long, too deep, in the wrong encoding, out of turn.

const assert = require('node:assert/strict')
const { test } = require('node:test')
const { difference } = require('../helpers/subject')
const { enter, password, serve } = require('../helpers/ends')
const { Log, bounded } = require('../helpers/events')
const { admitted } = require('../helpers/reference-peer')
const { bothRoles, roles } = require('../helpers/roles')
const { illFormed } = require('../fixtures/payloads')

const MIB = 1024 * 1024

bothRoles(difference, 'ten million blank lines do no harm', async ({ peer, log }) => {
  await peer.write(Buffer.alloc(10_000_000, 10))
  await peer.send({ marker: true })
  await log.reach('message')
  assert.deepEqual(log.entries, [['message', { marker: true }]])
})

for (const [role, open] of Object.entries(roles)) {
  test(`${role}: hundreds of thousands of lines of one byte come in order`, async t => {
    const { node, peer } = await open(t)
    const count = 300_000
    let seen = 0
    const all = new Promise(resolve => {
      node.on('message', (/** @type {any[]} */ ...args) => {
        assert.equal(args.at(-1), (seen++ % 9) + 1)
        if (seen === count) resolve(undefined)
      })
    })
    let text = ''
    for (let n = 0; n < count; n++) text += `${(n % 9) + 1}\n`
    await peer.write(text)
    await bounded(all, 'all lines', 60_000)
  })
}

bothRoles(test, 'UTF-16 and UTF-32 are no JSON', async ({ peer, log }) => {
  const text = '{"a":1}'
  const little = Buffer.from(`\ufeff${text}`, 'utf16le')
  const wide = Buffer.concat([...text].map(each => Buffer.from([0, 0, 0, each.charCodeAt(0)])))
  for (const bytes of [little, Buffer.from(little).swap16(), wide]) {
    await peer.write(Buffer.concat([bytes, Buffer.from('\n')]))
  }
  await peer.send({ marker: true })
  await log.reach('message')
  assert.deepEqual(log.entries, [['message', { marker: true }]])
})

bothRoles(test, 'ill-formed UTF-8 is the same wherever a record cuts it', async ({ peer, log }) => {
  const expected = []
  for (const [bytes, text] of illFormed) {
    // Behind the last quote only the newline is left: there the original delivers twice.
    for (let at = 1; at < bytes.length; at++) {
      await peer.write(Buffer.from(/** @type {number[]} */ (bytes).slice(0, at)))
      await peer.write(Buffer.from([.../** @type {number[]} */ (bytes).slice(at), 10]))
      expected.push([text])
    }
  }
  assert.deepEqual(await log.reach('message', expected.length), expected)
})

bothRoles(difference, 'a line beyond 64 MiB is cut by default', async ({ peer, log }) => {
  peer.socket.on('error', () => {})
  const piece = Buffer.alloc(MIB, 'x')
  let sent = 0
  const flood = () => {
    while (sent++ < 80 && !peer.socket.destroyed && peer.socket.write(piece));
  }
  peer.socket.on('drain', flood)
  flood()
  await log.until(() => log.names.includes('close'), 'close')
  assert.deepEqual(log.names, ['error', 'close'])
  assert.equal(log.of('error')[0]?.[0].code, 'TLSJSON_MESSAGE_TOO_LONG')
})

bothRoles(
  difference,
  'ten megabytes of digits, and hundreds of thousands of keys',
  async ({ peer, log }) => {
    const keys = Array.from({ length: 200_000 }, (_, n) => `"k${n}":0`)
    await peer.write(`${'1'.repeat(10_000_000)}\n`)
    await peer.write(`-0.${'0'.repeat(1_000_000)}1\n`)
    await peer.write(`{${keys.join(',')}}\n`)
    await peer.send({ marker: true })
    await log.until(() => log.of('message').some(([value]) => value.marker), 'the marker')
    const [digits, object, marker] = log.of('message').map(([value]) => value)
    assert.equal(digits, Infinity)
    assert.equal(Object.keys(object).length, 200_000)
    assert.deepEqual(marker, { marker: true })
  },
)

bothRoles(test, 'answers to numbers that cannot be, or come too soon', async end => {
  const { peer, log, request } = end
  await peer.send({ responseId: 1, early: true })
  await peer.write('{"responseId":9007199254740993}\n{"responseId":-9007199254740993}\n')
  await peer.write('{"responseId":1e999}\n{"responseId":"__proto__"}\n{"responseId":"size"}\n')
  await peer.send({ marker: true })
  await log.reach('message')
  const answer = request({ ask: true })
  await peer.line()
  await peer.send({ responseId: 1, in: 'time' })
  assert.deepEqual(await answer, { in: 'time' })
  assert.deepEqual(log.entries, [['message', { marker: true }]])
})

test('a pong twice, of an old ping, and of one that was never sent: swallowed, and none counts', async t => {
  const { server, port } = await serve(t, { keepAliveInterval: 40, keepAliveTimeout: 400 })
  const peer = await admitted(t, port, password)
  const log = new Log(server, ['message', 'timeout', 'close', 'error'])
  const keys = []
  for (let n = 0; n < 3; n++) {
    const { __ping: key } = await peer.value('a ping')
    keys.push(key)
    await peer.send({ __pong: key }, { __pong: key }, { __pong: keys[0] }, { __pong: key + 1000 })
  }
  // From now on only wrong ones: the deadline holds.
  const wrong = async () => {
    while (!peer.closed) {
      await peer.line('a ping')
      await peer.send({ __pong: keys[0] }, { __pong: keys[2] })
    }
  }
  wrong().catch(() => {})
  await log.reach('close')
  assert.deepEqual(log.entries, [
    ['timeout', 0],
    ['close', 0],
  ])
})

test('a hundred thousand pings from a client are messages, and nothing is answered', async t => {
  const { server, port } = await serve(t)
  const { client } = await enter(t, server)
  const peer = await admitted(t, port, password)
  const count = 100_000
  let seen = 0
  const all = new Promise(resolve => {
    server.on('message', () => ++seen === count && resolve(undefined))
  })
  await peer.write('{"__ping":7}\n'.repeat(count))
  await bounded(all, 'all pings', 60_000)
  const lines = peer.lines.length
  server.once('request', (/** @type {any} */ _id, /** @type {any} */ req, /** @type {any} */ res) =>
    res.send(req),
  )
  await client.request({})
  assert.equal(lines, 1, 'only the answer to the password')
})
