'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')
const { roles } = require('../helpers/roles')
const { writable } = require('../fixtures/payloads')

for (const [role, open] of Object.entries(roles)) {
  test(`${role}: what is sent is what JSON.stringify writes, byte for byte`, async t => {
    const { peer, send } = await open(t)
    for (const [name, make] of writable()) {
      const expected = JSON.stringify(make())
      assert.equal(send(make()), undefined)
      assert.equal(await peer.line(name), Buffer.from(expected).toString(), name)
    }
  })

  test(`${role}: the same when everything is sent in one turn`, async t => {
    const { peer, send } = await open(t)
    const first = peer.lines.length
    for (const [, make] of writable()) send(make())
    for (const [name, make] of writable()) {
      assert.equal(await peer.line(name), JSON.stringify(make()), name)
    }
    assert.equal(peer.lines.length - first, writable().length)
    assert.equal(peer.parts.length, 0)
  })

  test(`${role}: serialising happens inside the call, once`, async t => {
    const { peer, send } = await open(t)
    /** @type {string[]} */
    const calls = []
    const value = {
      a: 1,
      get b() {
        calls.push('getter')
        return 2
      },
      c: {
        toJSON: (/** @type {string} */ key) => {
          calls.push(`toJSON(${key})`)
          return 3
        },
      },
    }
    send(value)
    assert.deepEqual(calls, ['getter', 'toJSON(c)'])
    value.a = 100
    send({ marker: true })
    assert.equal(await peer.line(), '{"a":1,"b":2,"c":3}')
    assert.equal(await peer.line(), '{"marker":true}')
    assert.equal(calls.length, 2)
  })

  test(`${role}: what cannot be serialised throws and sends nothing`, async t => {
    const { peer, send } = await open(t)
    /** @type {any} */
    const circular = {}
    circular.self = circular
    const own = new RangeError('from the getter')
    assert.throws(() => send(circular), TypeError)
    assert.throws(() => send({ n: 1n }), TypeError)
    assert.throws(
      () =>
        send({
          get a() {
            throw own
          },
        }),
      error => error === own,
    )
    send({ marker: true })
    assert.equal(await peer.line(), '{"marker":true}')
  })

  test(`${role}: undefined, a function and a symbol send nothing readable`, async t => {
    const { peer, send } = await open(t)
    for (const value of [undefined, () => {}, Symbol('s')]) assert.equal(send(value), undefined)
    send({ marker: true })
    let line
    do line = await peer.line()
    while (line === 'undefined')
    assert.equal(line, '{"marker":true}')
  })

  test(`${role}: a message of 8 MB is sent whole`, async t => {
    const { peer, send } = await open(t)
    const text = 'eight million \u00fcml\u00e4uts '.repeat(400_000)
    send({ text })
    send({ marker: true })
    const line = await peer.line('8 MB')
    assert.ok(line === JSON.stringify({ text }))
    assert.equal(await peer.line(), '{"marker":true}')
  })

  test(`${role}: ten thousand messages keep their order`, async t => {
    const { peer, send } = await open(t)
    const first = peer.lines.length
    for (let n = 0; n < 10_000; n++) send({ n })
    await peer.until(() => peer.lines.length >= first + 10_000, '10,000 lines')
    const got = peer.lines.slice(first).map(line => JSON.parse(String(line)).n)
    assert.deepEqual(got, [...Array(10_000).keys()])
  })
}
