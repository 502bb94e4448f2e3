'use strict'

/**
 * The table of failures in docs/reference/cluster.md, made to happen: nodes and brokers are processes that are killed and
 * stopped.
 */

const assert = require('node:assert/strict')
const { describe, test } = require('node:test')

const { subjects } = require('../../helpers/broker-subjects')
const { startBroker, withoutBrokers } = require('../../helpers/brokers')
const { next } = require('../../helpers/events')
const { clientAt, nodeProcesses } = require('../../helpers/node-processes')

const LOST = { code: 'TLSJSON_NODE_LOST', sent: true }
const DOWN = { code: 'TLSJSON_BROKER_DOWN', sent: false }
const ABSENT = { code: 'TLSJSON_NOT_CONNECTED', sent: false }

/**
 * @param {Promise<any>} promise
 * @returns {Promise<{ code: string, sent: boolean }>} of the error it rejects with
 */
async function failure(promise) {
  const error = await promise.then(
    answer => assert.fail(`it was answered: ${JSON.stringify(answer)}`),
    rejected => rejected,
  )
  return { code: error.code, sent: error.sent }
}

/** @param {import('../../helpers/node-processes').NodeClient} client that answers each request */
function answers({ client }) {
  client.on('request', (/** @type {any} */ request, /** @type {any} */ res) =>
    res.send({ answer: request.question }),
  )
}

for (const { name: subject, server } of subjects) {
  describe(subject, { skip: withoutBrokers, concurrency: false }, () => {
    test('a node is killed', async t => {
      const { url } = await startBroker(t, server)
      const [a, b, c] = await nodeProcesses(t, 3, { subject, url })
      const [far, third] = [await clientAt(t, b), await clientAt(t, c)]
      const asked = failure(a.ask('cluster.request', far.id, {}, { timeout: 60_000 }))
      await next(far.client, 'request')
      await b.kill()
      // In flight: it may have run.
      assert.deepEqual(await asked, LOST)
      const [, reason] = await a.hears('nodeDown', ({ id }) => id === b.id)
      assert.equal(reason, 'gone')
      await c.hears('nodeDown', ({ id }) => id === b.id)
      // New: certainly not.
      assert.deepEqual(await failure(a.ask('cluster.request', far.id, {})), ABSENT)
      await a.ask('cluster.send', far.id, {})
      const [, error] = await a.hears('error', id => id === far.id)
      assert.deepEqual({ code: error.code, sent: error.sent }, ABSENT)
      await a.ask('cluster.broadcast', { to: 'all that are left' })
      await third.gets(1)
      assert.deepEqual(await a.ask('cluster.count'), { clients: 1, missing: [] })
    })

    test('a node that was just killed is noticed by the broker, or given up', async t => {
      const { url } = await startBroker(t, server)
      const [a, b] = await nodeProcesses(t, 2, { subject, url })
      const far = await clientAt(t, b)
      await b.kill()
      const { code, sent } = await failure(
        a.ask('cluster.request', far.id, {}, { timeout: 60_000 }),
      )
      // In this very moment the broker may not know it yet.
      assert.ok(sent ? code === LOST.code : code === ABSENT.code, code)
    })

    test('a node hangs and comes back', async t => {
      const { url } = await startBroker(t, server)
      const [a, b] = await nodeProcesses(t, 2, { subject, url })
      const far = await clientAt(t, b)
      const asked = failure(a.ask('cluster.request', far.id, {}, { timeout: 60_000 }))
      await next(far.client, 'request')
      b.stop()
      await a.ask('cluster.broadcast', { n: 1 })
      const [, reason] = await a.hears('nodeDown', ({ id }) => id === b.id)
      assert.equal(reason, 'silent')
      assert.deepEqual(await asked, LOST)
      const downs = b.of('nodeDown').length
      b.resume()
      await a.until(() => a.of('nodeUp').length === 2, 'nodeUp once more')
      await far.client.once('request', (/** @type {any} */ _, /** @type {any} */ res) =>
        res.send({ answer: 'again' }),
      )
      assert.deepEqual(await a.ask('cluster.request', far.id, {}), { answer: 'again' })
      await a.ask('cluster.broadcast', { n: 2 })
      await far.until(() => far.messages.at(-1)?.n === 2, 'the second broadcast')
      // The first came late, or was cut by the broker. Not twice, and not behind the second.
      assert.ok(['1,2', '2'].includes(far.messages.map(({ n }) => n).join()))
      // It does not take the others for dead because it was away itself.
      assert.equal(b.of('nodeDown').length, downs)
    })

    test('a node is stopped in an orderly way', async t => {
      const { url } = await startBroker(t, server)
      const [a, b] = await nodeProcesses(t, 2, { subject, url })
      const far = await clientAt(t, b)
      const requested = next(far.client, 'request')
      const asked = a.ask('cluster.request', far.id, {}, { timeout: 60_000 })
      const [, res] = await requested
      const stopped = b.ask('server.shutdown', { timeout: 30_000, spread: 0 })
      res.send({ answer: 'in time' })
      assert.deepEqual(await asked, { answer: 'in time' })
      await stopped
      const [, reason] = await a.hears('nodeDown', ({ id }) => id === b.id)
      assert.equal(reason, 'left')
      assert.deepEqual(await failure(a.ask('cluster.request', far.id, {})), ABSENT)
    })

    test('the broker is gone, and comes back', async t => {
      const broker = await startBroker(t, server)
      const [a, b] = await nodeProcesses(t, 2, { subject, url: broker.url })
      const [near, far] = [await clientAt(t, a), await clientAt(t, b)]
      await a.ask('cluster.join', far.id, 'room')
      const asked = failure(a.ask('cluster.request', far.id, {}, { timeout: 60_000 }))
      await next(far.client, 'request')
      await broker.kill()
      await Promise.all([a.hears('down'), b.hears('down')])
      const { code } = await asked
      assert.equal(code, DOWN.code)
      assert.deepEqual(await failure(a.ask('cluster.request', far.id, {})), DOWN)
      // The local part is delivered, the rest dropped, counted and told.
      for (let n = 0; n < 10; n++) await a.ask('cluster.broadcast', { stale: n })
      await near.gets(10)
      const { dropped } = await a.ask('cluster.stats')
      assert.ok(dropped.down >= 10, `${dropped.down} dropped`)
      await a.hears('error', (id, error) => id === null && error.code === DOWN.code)
      await broker.start()
      for (const node of [a, b]) await node.until(() => node.of('up').length === 2, 'up again')
      answers(far)
      const asking = a.ask('cluster.request', far.id, { question: 1 })
      assert.deepEqual(await asking, { answer: 1 })
      await a.ask('toRoom', 'room', { fresh: true })
      assert.deepEqual(await far.gets(1), [{ fresh: true }])
      // Nobody was taken for dead meanwhile.
      assert.deepEqual([...a.of('nodeDown'), ...b.of('nodeDown')], [])
    })

    test('the broker hangs', async t => {
      const broker = await startBroker(t, server)
      const [a, b] = await nodeProcesses(t, 2, {
        subject,
        url: broker.url,
        // Nobody is to be taken for dead for want of beats.
        options: { maxBufferedBytes: 2_000_000, heartbeatTimeout: 60_000 },
      })
      const [near, far] = [await clientAt(t, a), await clientAt(t, b)]
      answers(far)
      broker.stop()
      const late = failure(a.ask('cluster.request', far.id, { question: 1 }, { timeout: 300 }))
      assert.deepEqual(await late, { code: 'TLSJSON_REQUEST_TIMEOUT', sent: true })
      const { count, error, bufferedAmount } = await a.ask('fill', 100_000)
      assert.deepEqual([error.code, error.sent], ['TLSJSON_BUFFER_FULL', false])
      assert.ok(bufferedAmount <= 2_000_000, `${bufferedAmount} bytes`)
      const full = failure(a.ask('cluster.request', far.id, { text: 'x'.repeat(100_000) }))
      assert.deepEqual(await full, { code: 'TLSJSON_BUFFER_FULL', sent: false })
      await near.gets(count)
      broker.resume()
      await a.hears('drain')
      assert.deepEqual(await a.ask('cluster.request', far.id, { question: 2 }), { answer: 2 })
      assert.deepEqual([...a.of('down'), ...b.of('down')], [])
    })

    test('a client is gone', async t => {
      const { url } = await startBroker(t, server)
      const [a, b] = await nodeProcesses(t, 2, { subject, url })
      const far = await clientAt(t, b)
      far.client.on('request', () => far.client.disconnect())
      const { code } = await failure(a.ask('cluster.request', far.id, {}))
      assert.equal(code, 'TLSJSON_CONNECTION_LOST')
      assert.deepEqual(await failure(a.ask('cluster.request', far.id, {})), ABSENT)
      await a.ask('cluster.send', far.id, {})
      const [id, error] = await a.hears('error')
      assert.deepEqual([id, error.code], [far.id, ABSENT.code])
    })

    test('a message is too long for the broker', async t => {
      const config = server.startsWith('nats') ? 'max_payload: 100000' : undefined
      const { url } = await startBroker(t, server, { config })
      const [a, b] = await nodeProcesses(t, 2, { subject, url })
      const [near, far] = [await clientAt(t, a), await clientAt(t, b)]
      answers(far)
      const message = { text: 'x'.repeat(config ? 100_000 : 8 * 1024 * 1024) }
      const tooLong = { code: 'TLSJSON_MESSAGE_TOO_LONG', sent: false }
      assert.deepEqual(await failure(a.ask('cluster.request', far.id, message)), tooLong)
      assert.equal(await a.ask('cluster.broadcast', message), 0)
      const [, { code, sent }] = await a.hears('error')
      assert.deepEqual({ code, sent }, tooLong)
      assert.deepEqual(await a.ask('cluster.request', far.id, { question: 1 }), { answer: 1 })
      assert.deepEqual([near.messages, far.messages], [[], []])
    })
  })
}
