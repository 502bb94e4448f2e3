'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')
const { difference } = require('../helpers/subject')
const { serve, join, password } = require('../helpers/ends')
const { Log } = require('../helpers/events')
const { roles } = require('../helpers/roles')
const { referenceClient } = require('../helpers/reference-peer')

/**
 * @param {import('../helpers/roles').End} end
 * @param {number} count
 * @returns {Promise<any[]>} the values of the first `count` messages
 */
async function values({ log }, count) {
  return (await log.reach('message', count)).map(([value]) => value)
}

/** @typedef {InstanceType<typeof import('../helpers/reference-peer').Connection>} Connection */

/**
 * Sends a text as two records, cut at each of the offsets in turn.
 *
 * @param {Connection} peer
 * @param {Buffer} bytes
 * @param {number[]} offsets
 */
async function cutAt(peer, bytes, offsets) {
  for (const at of offsets) {
    await peer.write(bytes.subarray(0, at))
    await peer.write(bytes.subarray(at))
  }
}

const first = { a: 'gr\u00fc\u00dfe \u{1f600}', b: [1, null, { c: true }] }
const second = { d: 12.5e3, e: '\ud800' }
const lines = Buffer.from(`${JSON.stringify(first)}\n${JSON.stringify(second)}\n`)
const newlines = [...lines.keys()].filter(at => lines[at] === 0x0a)

for (const [role, open] of Object.entries(roles)) {
  test(`${role}: a record boundary may be anywhere inside two messages`, async t => {
    const end = await open(t)
    const { peer } = end
    const offsets = [...lines.keys()].filter(at => at > 0 && !newlines.includes(at))
    await cutAt(peer, lines, offsets)
    await peer.send({ marker: true })
    const expected = offsets.flatMap(() => /** @type {any[]} */ ([first, second]))
    assert.deepEqual(await values(end, expected.length + 1), [...expected, { marker: true }])
  })

  difference(`${role}: a record boundary before a newline delivers once`, async t => {
    const end = await open(t)
    const { peer } = end
    await cutAt(peer, lines, newlines)
    await peer.send({ marker: true })
    const expected = newlines.flatMap(() => /** @type {any[]} */ ([first, second]))
    assert.deepEqual(await values(end, expected.length + 1), [...expected, { marker: true }])
  })

  difference(`${role}: a number cut in two is one number`, async t => {
    const end = await open(t)
    const { peer } = end
    await peer.write('12')
    await peer.write('34\n')
    await peer.send({ marker: true })
    assert.deepEqual(await values(end, 2), [1234, { marker: true }])
  })

  test(`${role}: every byte may be a record of its own`, async t => {
    const end = await open(t)
    const { peer } = end
    // The brace in front keeps the text unreadable until its end, which the original needs.
    const text = Buffer.from(`${JSON.stringify(first)} \n{"marker":true}\n`)
    const last = text.indexOf('} \n')
    for (let at = 0; at < last; at++) await peer.write(text.subarray(at, at + 1))
    await peer.write(text.subarray(last))
    assert.deepEqual(await values(end, 2), [first, { marker: true }])
  })

  test(`${role}: a hundred thousand blank lines do no harm`, async t => {
    const end = await open(t)
    const { peer } = end
    await peer.write('\n'.repeat(100_000))
    await peer.send({ marker: true })
    assert.deepEqual(await values(end, 1), [{ marker: true }])
  })
}

difference('a password line without its newline does not log in yet', async t => {
  const { server, port } = await serve(t)
  const log = new Log(server, ['authenticated', 'message'])
  const peer = await referenceClient(t, port)
  await peer.write(JSON.stringify({ password }))
  await peer.write('\n')
  await peer.send({ marker: true })
  await log.reach('message')
  assert.deepEqual(log.names, ['authenticated', 'message'])
  assert.deepEqual(log.of('message'), [[0, { marker: true }]])
})

for (const size of [16_384, 32_768, 49_152, 65_536, 131_072]) {
  difference(`both ends: a message of ${size} bytes is delivered once, both ways`, async t => {
    const { server, client, id } = await join(t)
    const text = 'x'.repeat(size - '{"text":""}'.length)
    const atServer = new Log(server, ['message'])
    const atClient = new Log(client, ['message'])
    client.send({ text })
    client.send({ marker: true })
    server.send(id, { text })
    server.send(id, { marker: true })
    const markers = (/** @type {InstanceType<typeof Log>} */ log) =>
      log.until(() => log.entries.some(entry => entry.at(-1).marker), 'the marker')
    await Promise.all([markers(atServer), markers(atClient)])
    assert.deepEqual([atServer.entries.length, atClient.entries.length], [2, 2])
  })
}

difference('one message of 16 MB, both ends, takes no quadratic time', async t => {
  const { server, client } = await join(t)
  const text = 'x'.repeat(16 * 1024 * 1024)
  const log = new Log(server, ['message'])
  client.send({ text })
  const [[, value]] = await log.reach('message')
  assert.equal(value.text.length, text.length)
})
