'use strict'

const assert = require('node:assert/strict')
const { exampleTest } = require('../helpers/example')

exampleTest(
  'back-pressure',
  'a slow sink takes 200,000 records of a fast source',
  async (_t, stage) => {
    // `pause` is this package's, and so is `needDrain`.
    if (!stage.native.client || !stage.native.server) return
    const source = stage.server('source.js', '0')
    const sink = stage.client('sink.js', '200000', await source.port())
    const [, memory] = await sink.prints(/^all 200000 taken, in at most (\d+) MiB/)
    const [, waited] = await source.prints(/^all sent, at most (\d+) MiB waited/)
    await sink.end()
    source.child.kill('SIGTERM')
    await source.end()
    assert.ok(Number(waited) <= 2, `${waited} MiB waited`)
    assert.ok(Number(memory) < 250, `${memory} MiB`)
  },
)
