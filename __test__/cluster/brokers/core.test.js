'use strict'

/**
 * Everything that a cluster can, once over each broker: three nodes in this process, and a client at each.
 */

const assert = require('node:assert/strict')
const { test } = require('node:test')

const { more, subjects } = require('../../helpers/broker-subjects')
const { startBroker, withoutBrokers } = require('../../helpers/brokers')
const { Log, next } = require('../../helpers/events')
const { clientOf, nodes } = require('../../helpers/nodes')

/**
 * @template T
 * @param {AsyncIterable<T>} iterable
 * @returns {Promise<T[]>}
 */
async function all(iterable) {
  const found = []
  for await (const each of iterable) found.push(each)
  return found
}

for (const { name, server, make } of [...subjects, ...more]) {
  test(name, { skip: withoutBrokers }, async t => {
    const { url } = await startBroker(t, server)
    const hub = { connect: () => make(url) }
    const members = (await nodes(t, 3, { hub })).nodes
    const [a, b, c] = members
    const clients = await Promise.all(members.map(member => clientOf(t, member)))
    const ids = clients.map(({ id }) => id)
    const [, idB = '', idC = ''] = ids
    const logs = clients.map(({ client }, at) => {
      client.on('request', (/** @type {any} */ { double }, /** @type {any} */ res) =>
        res.send({ at, double: double * 2 }),
      )
      return new Log(client, ['message'])
    })
    const downs = new Log(a.cluster, ['nodeDown', 'error'])
    const knows = new Log(a.cluster, ['nodeUp'])
    await knows.until(() => a.cluster.nodes.size === 2, 'a knows both others')

    assert.equal(a.cluster.broadcast({ n: 1 }), 1)
    a.cluster.send(idB, { n: 2 })
    assert.deepEqual(await a.cluster.request(idC, { double: 21 }), { at: 2, double: 42 })

    await Promise.all([a.cluster.join(idB, 'room *>'), a.cluster.join(idC, 'room *>')])
    assert.equal(c.cluster.to('room *>').send({ n: 3 }), 1)
    a.cluster.to('room *>').except(idB).send({ n: 4 })
    const answers = await all(a.cluster.to('room *>').request({ double: 1 }))
    assert.deepEqual(
      answers.map(({ id, answer }) => [id, answer.double]).sort(),
      [idB, idC].sort().map(id => [id, 2]),
    )
    await a.cluster.leave(idB, 'room *>')
    a.cluster.to('room *>').send({ n: 5 })

    const listed = await all(a.cluster.clients())
    assert.deepEqual(listed.map(({ id }) => id).sort(), [...ids].sort())
    assert.deepEqual(await b.cluster.count('room *>'), { clients: 1, missing: [] })

    a.cluster.broadcast({ n: 6 })
    await Promise.all(logs.map((log, at) => log.reach('message', [2, 4, 5][at])))
    // Of two nodes nobody says whose message comes first.
    const heard = logs.map(log => log.of('message').map(([{ n }]) => n))
    assert.deepEqual(heard[0], [1, 6])
    assert.deepEqual(
      heard[1]?.filter(n => n !== 3),
      [1, 2, 6],
    )
    assert.deepEqual(
      heard[2]?.filter(n => n !== 3),
      [1, 4, 5, 6],
    )

    const ended = next(c.server, 'close')
    await a.cluster.disconnect(idC)
    await ended
    await assert.rejects(a.cluster.request(idC, {}), { code: 'TLSJSON_NOT_CONNECTED', sent: false })
    await assert.rejects(a.cluster.request('x-00000000:0', {}), {
      code: 'TLSJSON_NOT_CONNECTED',
      sent: false,
    })
    await b.cluster.close()
    await downs.reach('nodeDown')
    assert.deepEqual(
      downs.entries.map(([event, { id }, reason]) => [event, id, reason]),
      [['nodeDown', b.cluster.id, 'left']],
    )
    await a.cluster.flush()
    assert.equal(a.cluster.bufferedAmount, 0)
  })
}
