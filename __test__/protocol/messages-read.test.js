'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')
const { difference } = require('../helpers/subject')
const { roles } = require('../helpers/roles')
const { readable, skipped, illFormed } = require('../fixtures/payloads')

/**
 * @param {import('../helpers/roles').End} end
 * @param {number} count
 * @returns {Promise<any[]>} the values of the first `count` messages
 */
async function values({ log }, count) {
  return (await log.reach('message', count)).map(([value]) => value)
}

/**
 * Everything about a value that JSON.parse decides: types, order, prototypes, attributes.
 *
 * @param {any} value
 * @returns {unknown}
 */
function portrait(value) {
  if (typeof value !== 'object' || value === null) return Object.is(value, -0) ? '-0' : value
  return [
    Object.getPrototypeOf(value) === Object.prototype
      ? 'object'
      : Array.isArray(value) && Object.getPrototypeOf(value) === Array.prototype
        ? 'array'
        : 'other',
    ...Reflect.ownKeys(value).map(key => {
      const {
        value: inner,
        get: _get,
        set: _set,
        ...attributes
      } = Object.assign(
        { get: undefined, set: undefined },
        Object.getOwnPropertyDescriptor(value, key),
      )
      return [key, attributes, portrait(inner)]
    }),
  ]
}

const depth = (/** @type {number} */ n) => '['.repeat(n) + ']'.repeat(n)

for (const [role, open] of Object.entries(roles)) {
  test(`${role}: every line is read exactly as JSON.parse reads it`, async t => {
    const end = await open(t)
    const { peer } = end
    for (const line of readable) await peer.write(`${line}\n`)
    const got = await values(end, readable.length)
    for (const [n, line] of readable.entries()) {
      assert.deepEqual(portrait(got[n]), portrait(JSON.parse(line)), line.slice(0, 80))
    }
    assert.equal(/** @type {any} */ ({}).polluted, undefined)
  })

  test(`${role}: long lines are read whole, in whatever way their text gets to JavaScript`, async t => {
    const end = await open(t)
    const { peer } = end
    // Of a line of 64 KiB and more the rest is read by another thread.
    const lengths = [2 ** 16 - 1, 2 ** 16, 2 ** 16 + 1, 3 * 2 ** 20]
    const texts = lengths.flatMap(length =>
      ['x', 'é'].map(tail =>
        JSON.stringify('0123456789'.repeat(length / 10).padEnd(length - 3, '-') + tail),
      ),
    )
    for (const text of texts) await peer.write(`${text}\n`)
    const got = await values(end, texts.length)
    for (const [n, text] of texts.entries()) {
      assert.ok(got[n] === JSON.parse(text), `a line of ${text.length} characters`)
    }
  })

  test(`${role}: the same when all lines come in one write`, async t => {
    const end = await open(t)
    const { peer } = end
    await peer.write(readable.map(line => `${line}\n`).join(''))
    const got = await values(end, readable.length)
    for (const [n, line] of readable.entries()) {
      assert.deepEqual(portrait(got[n]), portrait(JSON.parse(line)), line.slice(0, 80))
    }
  })

  test(`${role}: lines that are no truthy JSON do no harm to their neighbours`, async t => {
    const end = await open(t)
    const { peer } = end
    for (const [n, line] of skipped.entries()) await peer.write(`{"n":${n}}\n${line}\n`)
    await peer.send({ marker: true })
    const got = await values(end, skipped.length + 1)
    assert.deepEqual(
      got,
      [...skipped.keys()].map(n => /** @type {any} */ ({ n })).concat([{ marker: true }]),
    )
  })

  test(`${role}: ill-formed UTF-8 is replaced inside strings`, async t => {
    const end = await open(t)
    const { peer } = end
    for (const [bytes] of illFormed)
      await peer.write(Buffer.from([.../** @type {number[]} */ (bytes), 0x0a]))
    const got = await values(end, illFormed.length)
    for (const [n, [bytes, text]] of illFormed.entries()) {
      assert.equal(got[n], text, Buffer.from(/** @type {number[]} */ (bytes)).toString('hex'))
    }
  })

  test(`${role}: a bad byte outside a string makes the line invalid`, async t => {
    const end = await open(t)
    const { peer } = end
    await peer.write(Buffer.from([0xff, 0x7b, 0x7d, 0x0a, 0x7b, 0x7d, 0xc3, 0x0a]))
    await peer.write(
      Buffer.concat([Buffer.from('{"a'), Buffer.from([0xff]), Buffer.from('":1}\n')]),
    )
    assert.deepEqual(await values(end, 1), [{ 'a\ufffd': 1 }])
  })

  test(`${role}: 5,000 levels of nesting are delivered`, async t => {
    const end = await open(t)
    const { peer } = end
    await peer.write(`${depth(5000)}\n`)
    let [value] = /** @type {any[]} */ (await values(end, 1))
    // JSON.stringify and deepEqual give up before that depth.
    for (let level = 1; level < 5000; level++) value = value[0]
    assert.deepEqual(value, [])
  })

  test(`${role}: 200,000 levels of nesting do no harm to the neighbours`, async t => {
    const end = await open(t)
    const { peer } = end
    const finish = new Promise(resolve => {
      const look = async (/** @type {number} */ n) => {
        const last = (await values(end, n)).at(-1)
        if (last && typeof last === 'object' && 'marker' in last) resolve(last)
        else await look(n + 1)
      }
      void look(1)
    })
    await peer.write(`${depth(200_000)}\n{"marker":1}\n`)
    assert.deepEqual(await finish, { marker: 1 })
  })

  test(`${role}: a message of 1 MB arrives whole`, async t => {
    const end = await open(t)
    const { peer } = end
    const text = 'a million \u00fcml\u00e4uts '.repeat(50_000)
    await peer.write(`${JSON.stringify({ text })}\n`)
    const [value] = /** @type {any[]} */ (await values(end, 1))
    assert.equal(value.text.length, text.length)
    assert.ok(value.text === text)
  })

  difference(`${role}: a message of 8 MB arrives whole, in reasonable time`, async t => {
    const end = await open(t)
    const { peer } = end
    const text = 'eight million \u00fcml\u00e4uts '.repeat(400_000)
    await peer.write(`${JSON.stringify({ text })}\n`)
    const [value] = /** @type {any[]} */ (await values(end, 1))
    assert.ok(value.text === text)
  })
}
