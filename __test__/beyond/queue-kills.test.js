'use strict'

// A client with a queue, whose connections and servers are killed at every point: no message comes twice or out of order, and
// of each that does not come the client was told.

const assert = require('node:assert/strict')
const { test } = require('node:test')

const { chaosProxy } = require('../helpers/chaos-proxy')
const { bounded, elapsed, Log, Watch } = require('../helpers/events')
const { dial, serve } = require('../helpers/ends')
const { freePort } = require('../helpers/free-port')
const { run } = require('../helpers/program')
const { Random } = require('../helpers/random')
const { isOriginal } = require('../helpers/subject')

const skip = isOriginal && 'the original keeps nothing'

const reconnect = { min: 1, max: 5 }

/** What has become of the messages of one client. */
class Ledger extends Watch {
  /** @param {any} client */
  constructor(client) {
    super()
    /** @type {number[]} */
    this.arrived = []
    /** @type {Set<number>} */
    this.dropped = new Set()
    /** @type {Set<number>} */
    this.unconfirmed = new Set()
    client.on('dropped', (/** @type {any} */ { count, messages }) => {
      assert.equal(count, messages.length)
      for (const { n } of messages) this.dropped.add(n)
    })
    client.on('unconfirmed', (/** @type {any} */ { count, messages }) => {
      assert.equal(count, messages.length)
      for (const { n } of messages) this.unconfirmed.add(n)
      this.changed()
    })
  }

  /** @param {number} n */
  came(n) {
    this.arrived.push(n)
    this.changed()
  }

  /** @param {number} sent How many. */
  assertKept(sent) {
    for (let at = 1; at < this.arrived.length; at++) {
      const [one, other] = [Number(this.arrived[at - 1]), Number(this.arrived[at])]
      assert.ok(one < other, `${other} came behind ${one}`)
    }
    const came = new Set(this.arrived)
    for (let n = 0; n < sent; n++) {
      const told = this.dropped.has(n) || this.unconfirmed.has(n)
      assert.ok(came.has(n) || told, `${n} is lost, and nobody was told`)
      assert.ok(!came.has(n) || !this.dropped.has(n), `${n} came, and was told as never sent`)
      assert.ok(!this.dropped.has(n) || !this.unconfirmed.has(n), `${n} was told twice`)
    }
  }
}

for (const how of /** @type {const} */ (['reset', 'end'])) {
  test(`connections that a network cuts anywhere, by ${how}`, { skip }, async t => {
    const { server, port } = await serve(t)
    const random = new Random(how.length)
    let cuts = 0
    const proxy = await chaosProxy(t, port, ({ toServer, toClient }, at) => {
      // The last one stays. A handshake and a login are about 1,000 bytes to the server, and 2,000 to the client.
      if (at === 60) return
      cuts++
      toServer.cutAt(random.below(8000), how)
      if (random.chance(0.3)) toClient.cutAt(random.below(2500), how)
    })
    const client = dial(t, proxy.port, { reconnect, queue: {} })
    client.on('error', () => {})
    const ledger = new Ledger(client)
    server.on('error', () => {})
    server.on('message', (/** @type {any} */ _id, /** @type {any} */ { n }) => ledger.came(n))
    let sent = 0
    while (cuts < 60) {
      for (let many = random.below(20); many > 0; many--) {
        client.send({ n: sent++, text: 'x'.repeat(random.below(300)) })
      }
      await elapsed(1)
    }
    const last = sent++
    client.send({ n: last })
    await ledger.until(
      () => ledger.arrived.at(-1) === last || ledger.unconfirmed.has(last),
      () => `the last of ${sent}: ${ledger.arrived.length} have come`,
    )
    ledger.assertKept(sent)
    assert.ok(ledger.arrived.length > 20, `only ${ledger.arrived.length} of ${sent} came`)
  })
}

test('servers that are killed', { skip }, async t => {
  const port = await freePort()
  const random = new Random(9)
  const client = dial(t, port, { reconnect: { min: 5, max: 50 }, queue: {} })
  client.on('error', () => {})
  const ledger = new Ledger(client)
  const log = new Log(client, ['authenticated', 'close'])
  let sent = 0
  let killed = 0
  /** @type {(() => void)[]} */
  let stop = []
  /** One server after the other. */
  const serving = (async () => {
    for (; killed < 6; killed++) {
      let rest = ''
      const outcome = await run(
        t,
        ({ Server, given, serverConfig: config }) => {
          const fs = require('node:fs')
          const server = new Server(config())
          server.on('error', () => {})
          server.on('message', (/** @type {any} */ _id, /** @type {any} */ { n }) => {
            fs.writeSync(1, `${n}\n`)
          })
          server.listen(given.port)
        },
        {
          given: { port },
          onStdout(text, child) {
            stop = [() => child.kill('SIGKILL')]
            const lines = (rest + text).split('\n')
            rest = String(lines.pop())
            for (const line of lines) ledger.came(Number(line))
            if (killed < 5 && random.chance(0.1)) child.kill('SIGKILL')
          },
        },
      )
      assert.equal(outcome.signal, 'SIGKILL', outcome.stderr)
    }
  })()
  while (killed < 5) {
    for (let many = random.below(10); many > 0; many--) {
      client.send({ n: sent++, text: 'x'.repeat(random.below(2000)) })
    }
    await elapsed(2)
  }
  await log.reach('authenticated', 6)
  const last = sent++
  client.send({ n: last })
  await ledger.until(
    () => ledger.arrived.at(-1) === last,
    () => `the last of ${sent}: ${ledger.arrived.length} have come`,
  )
  for (const act of stop) act()
  await bounded(serving, 'the last server gone')
  ledger.assertKept(sent)
  assert.ok(ledger.unconfirmed.size > 0 || ledger.arrived.length === sent)
})
