'use strict'

const assert = require('node:assert/strict')
const { assertPrompt, bySignal, exampleTest } = require('../helpers/example')

/** Two processes of a hundred clients each. */
const PROCESSES = 2
const CLIENTS = 100

exampleTest(
  'collector',
  'nothing is lost in a shutdown amid bursts',
  async (_t, stage) => {
    const collector = stage.server('collector.js', '0')
    const port = await collector.port()
    const senders = Array.from({ length: PROCESSES }, () =>
      stage.client('senders.js', String(CLIENTS), port),
    )
    for (const each of senders) await each.prints(/^100 clients are sending/)
    await collector.prints(/^10000 measurements/)

    collector.child.kill('SIGTERM')
    await collector.prints(/^shutting down with 200 clients/)
    for (const each of senders) assertPrompt(await each.end(), stage.native.client)
    assertPrompt(await collector.end(), stage.native.server)

    const sent = senders.map(each => {
      const [, clients, total] = /^(\d+) clients sent (\d+)/.exec(each.lines.at(-1) ?? '') ?? []
      assert.equal(Number(clients), CLIENTS, each.describe('said something else'))
      return Number(total)
    })
    const total = sent.reduce((sum, each) => sum + each)
    const told = new RegExp(`^200 clients sent ${total} measurements, [1-9]\\d* to \\d+ each$`)
    assert.match(collector.lines.at(-1) ?? '', told, `sent: ${sent}; ${collector.lines.join('\n')}`)
    assert.deepEqual(
      collector.lines.filter(line => /^(client|error|timeout)/.test(line)),
      [],
    )
  },
  bySignal,
)
