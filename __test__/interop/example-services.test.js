'use strict'

const assert = require('node:assert/strict')
const fs = require('node:fs')
const path = require('node:path')
const { assertPrompt, bySignal, exampleTest } = require('../helpers/example')

const ORDERS = [1, 2, 3, 4, 5, 6, 7, 8, 9]
const LAMPS = [3, 6, 9]

exampleTest(
  'services',
  'all orders are placed across a restart',
  async (_t, stage) => {
    const stock = stage.server('stock.js', '0', 'chair=3', 'table=3')
    const port = await stock.port()
    const orders = stage.client('orders.js', port)

    // Both sides ask, and both get a 'request timeout'.
    await orders.prints(/^order \d: (chair|table) goes to/, 6)
    await orders.prints(/^order 4: nobody picks up/)
    await stock.prints(/^order 4: address: request timeout/)
    for (const order of LAMPS) await orders.prints(new RegExp(`^order ${order}: request timeout`))

    // The orders for lamps wait for an answer now: each is asked for again as soon as it times out.
    stock.child.kill('SIGTERM')
    for (const order of LAMPS) await orders.prints(new RegExp(`^order ${order}: connection lost`))
    assertPrompt(await stock.end(), stage.native.server)
    assert.deepEqual(
      orders.lines.filter(line => /lamp goes/.test(line)),
      [],
    )

    const restarted = stage.server('stock.js', port, 'lamp=3')
    assertPrompt(await orders.end(), stage.native.client)
    await restarted.prints(/^connection closed/)
    restarted.child.kill('SIGTERM')
    assertPrompt(await restarted.end(), stage.native.server)

    const placed = orders.lines.flatMap(
      line => /^order (\d): (\w+ goes to .*)/.exec(line)?.[0] ?? [],
    )
    const items = ['chair', 'table', 'lamp']
    assert.deepEqual(
      placed.toSorted(),
      ORDERS.map(n => `order ${n}: ${items[(n - 1) % 3]} goes to ${n} Main Street`),
    )
    assert.equal(orders.lines.at(-2), 'all 9 orders are placed')
    // A request sent just as the other side hangs up may find that out: a socket error, then 'close'.
    const lost = orders.lines.indexOf('connection closed')
    const events = orders.lines.filter(
      (line, at) => !line.startsWith('order ') && !(at < lost && line.startsWith('error ')),
    )
    assert.deepEqual(events, [
      'authenticated',
      'connection closed',
      'authenticated',
      'all 9 orders are placed',
      'connection closed',
    ])
    // Nobody asked again is reserved again.
    const journal = fs.readFileSync(path.join(stage.folder, 'reservations.ndjson'), 'utf8')
    const reserved = journal
      .trim()
      .split('\n')
      .map(line => JSON.parse(line).order)
    assert.deepEqual(reserved.toSorted(), ORDERS)
    assert.deepEqual(
      restarted.lines.filter(line => line.endsWith('reserved')).toSorted(),
      LAMPS.map(n => `order ${n}: lamp reserved`),
    )
  },
  bySignal,
)
