'use strict'

const assert = require('node:assert/strict')
const { exampleTest } = require('../helpers/example')
const { freePort } = require('../helpers/free-port')

exampleTest(
  'sensor',
  'a sensor measures over lost stations, and another takes over',
  async (_t, stage) => {
    // Queues and several servers are this package's; its servers may be the original.
    if (!stage.native.client) return
    const [one, two] = await Promise.all([freePort(), freePort()])
    const sensor = stage.client('sensor.js', '300', String(one), String(two))
    // Nobody is there yet.
    const first = stage.server('station.js', String(one))
    await sensor.prints(new RegExp(`^connected to ${one}`))
    await first.prints(/^measurement/, 20)
    first.child.kill('SIGTERM')
    const second = stage.server('station.js', String(two))
    await sensor.prints(new RegExp(`^connected to ${two}`))
    await sensor.prints(/^all up to 300 have arrived/)
    await sensor.end()
    second.child.kill('SIGTERM')
    await second.end()

    const numbers = [first, second].map(({ lines }) =>
      lines.flatMap(line => (line.startsWith('measurement') ? [Number(line.split(' ')[1])] : [])),
    )
    const all = numbers.flat()
    assert.deepEqual(
      all,
      [...new Set(all)].sort((a, b) => a - b),
      'each once, and in order',
    )
    const lost = sensor.lines.flatMap(line => line.match(/^(\d+) may be lost/)?.[1] ?? [])
    const told = lost.reduce((sum, count) => sum + Number(count), 0)
    assert.ok(all.length + told >= 300, `${all.length} came, ${told} may be lost`)
  },
)
