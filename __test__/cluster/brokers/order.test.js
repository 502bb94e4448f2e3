'use strict'

/**
 * Order and number of messages over real brokers: what one node sends reaches a client of another in order and once, whether
 * it was sent to the client, to its room or to all.
 */

const assert = require('node:assert/strict')
const { test } = require('node:test')

const { subjects } = require('../../helpers/broker-subjects')
const { startBroker, withoutBrokers } = require('../../helpers/brokers')
const { clientAt, nodeProcesses } = require('../../helpers/node-processes')

const MESSAGES = 100_000

for (const { name: subject, server } of subjects) {
  test(`${subject}: ${MESSAGES} messages in order`, { skip: withoutBrokers }, async t => {
    const { url } = await startBroker(t, server)
    const [a, b] = await nodeProcesses(t, 2, {
      subject,
      url,
      // Two busy cores are not to be taken for a dead node.
      options: { heartbeatTimeout: 60_000 },
    })
    const far = await clientAt(t, b)
    await a.ask('cluster.join', far.id, 'room')
    const began = performance.now()
    await Promise.all([a.ask('flood', far.id, 'room', MESSAGES), far.gets(MESSAGES)])
    const seconds = (performance.now() - began) / 1000
    t.diagnostic(`${Math.round(MESSAGES / seconds)} messages a second`)
    const wrong = far.messages.findIndex(({ n }, at) => n !== at)
    assert.equal(wrong, -1, `at ${wrong} came ${JSON.stringify(far.messages[wrong])}`)
    assert.equal(far.messages.length, MESSAGES)
    const { dropped } = await a.ask('cluster.stats')
    assert.deepEqual(dropped, { down: 0, full: 0, tooLong: 0 })
    assert.deepEqual([...a.of('down'), ...b.of('down'), ...a.of('error')], [])
  })
}
