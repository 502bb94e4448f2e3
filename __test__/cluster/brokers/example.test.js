'use strict'

/**
 * examples/many-machines, as its one command plays it.
 */

const assert = require('node:assert/strict')
const path = require('node:path')
const { test } = require('node:test')

const { startBroker, withoutBrokers } = require('../../helpers/brokers')
const { temporaryFolder } = require('../../helpers/cleanup')
const { start } = require('../../helpers/program')

const PROGRAM = path.resolve(__dirname, '../../../examples/many-machines/run.js')

for (const name of /** @type {const} */ (['nats-debian', 'redis'])) {
  test(`three servers over ${name}`, { skip: withoutBrokers }, async t => {
    const { url } = await startBroker(t, name)
    const { code, stdout, stderr } = await start(t, [PROGRAM, url])
    const said = `${stdout}\n${stderr}`
    assert.deepEqual([code, stderr], [0, ''], said)
    const lines = stdout.split('\n')
    const of = (/** @type {string} */ who) =>
      lines.filter(line => line.startsWith(who.padEnd(8))).map(line => line.slice(11))
    const ann = of('ann')
    assert.equal(ann[0], 'at table 1, by eu1: ann')
    for (const line of ['bob joined, by eu2', 'carl joined, by eu3', 'the game starts with 3']) {
      assert.ok(ann.includes(line), said)
    }
    assert.ok(of('bob').includes('ann: hello'), said)
    assert.equal(lines.at(-2), 'All as it should be.', said)
  })
}

test('without a broker it says how to get one', async t => {
  const folder = temporaryFolder(t)
  const copy = path.join(folder, 'a', 'b', 'run.js')
  require('node:fs').cpSync(path.dirname(PROGRAM), path.dirname(copy), { recursive: true })
  const { code, stderr } = await start(t, [copy], { env: { PATH: folder } })
  assert.equal(code, 1)
  assert.match(stderr, /node run\.js nats:\/\//)
})
