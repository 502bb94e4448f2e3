'use strict'

// Broadcasts to clients that do not read.

const assert = require('node:assert/strict')

const { crowd, received } = require('../helpers/crowd')
const { Log } = require('../helpers/events')
const { inShortTick } = require('../helpers/short-tick')
const { difference, overNode } = require('../helpers/subject')

const MIB = 1024 * 1024

difference('a client that does not read is cut, and the others get every broadcast', async t => {
  const { server, clients } = await crowd(t, 3, { maxBufferedBytes: 4 * MIB })
  const [slow, ...others] = clients
  const log = new Log(server, ['error', 'close'])
  slow?.client.socket.pause()
  const text = 'x'.repeat(MIB)
  let sent = 0
  while (sent < 64 && server.sockets.has(slow?.id)) {
    server.broadcast({ n: ++sent, text })
    for (const { log: got } of others) await got.reach('message', sent)
  }
  await log.reach('close')
  assert.deepEqual(log.of('close'), [[slow?.id]])
  const [[gone, error]] = log.of('error')
  assert.deepEqual([gone, error.code], [slow?.id, 'TLSJSON_BUFFER_FULL'])
  if (!overNode) assert.equal(server.limitCounts.maxBufferedBytes, 1)
  assert.equal(server.broadcast({ n: ++sent }), 2)
  for (const messages of await received(server, others)) {
    assert.deepEqual(
      messages.map(({ n }) => n),
      Array.from({ length: sent }, (_, n) => n + 1),
    )
  }
})

difference(
  'what all do not read counts for each of them: at maxTotalBufferedBytes one is cut',
  async t => {
    const { server, clients } = await crowd(t, 3, { maxTotalBufferedBytes: 40 * MIB })
    const log = new Log(server, ['error', 'close'])
    for (const { client } of clients) client.socket.pause()
    const [, most] = clients
    server.send(most?.id, { text: 'x'.repeat(4 * MIB) })
    server.broadcast({ text: 'x'.repeat(8 * MIB) })
    await new Promise(setImmediate)
    assert.deepEqual(log.names, [])
    server.broadcast({ text: 'x'.repeat(10 * MIB) })
    await log.reach('close')
    assert.deepEqual(log.of('close'), [[most?.id]])
    const [[, error]] = log.of('error')
    assert.match(error.message, /maxTotalBufferedBytes, which is 41943040/)
    assert.equal(server.broadcast({ n: 1 }), 2)
  },
)

for (const bytes of [100, 16 * MIB]) {
  difference(`${bytes} bytes wait for each at once, and bufferedAmount says so`, async t => {
    const { server, clients } = await crowd(t, 2)
    const log = new Log(server, ['drain'])
    for (const { client } of clients) client.socket.pause()
    const [one, other] = clients.map(({ id }) => id)
    const queued = () => server.stats().queued.outbound
    const length = bytes + 3
    const amounts = () => [one, other].map(id => server.bufferedAmount(id))
    const socket = server.sockets.get(other)
    const [before, after, all, inCharacters] = await inShortTick(bytes > MIB, () => {
      // What is first in a tick leaves at once.
      for (const id of [one, other]) server.send(id, 'first')
      if (!overNode && queued() > 0) return undefined
      const first = amounts()
      server.send(one, 'y'.repeat(10))
      server.broadcast('ä'.repeat(bytes / 2))
      return [first, amounts(), queued(), socket.writableLength]
    })
    if (bytes === 100) {
      assert.deepEqual(
        after.map((amount, at) => amount - before[at]),
        [length + 13, length],
      )
      assert.equal(all, after[0] + after[1])
      assert.equal(inCharacters - before[1], bytes / 2 + 3)
    }
    for (const id of [one, other]) assert.equal(server.needDrain(id), bytes > MIB, `client ${id}`)
    for (const { client } of clients) client.socket.resume()
    if (bytes > MIB) await log.reach('drain', 2)
    await received(server, clients)
    assert.equal(server.bufferedAmount(one), 0)
    assert.equal(log.names.length, bytes > MIB ? 2 : 0)
  })
}
