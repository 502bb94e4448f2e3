'use strict'

// What a session with Redis makes of a subscription that fails: not allowed, or the end of the connection.

const assert = require('node:assert/strict')
const { test } = require('node:test')

const { redis } = require('../../lib/cluster')
const { RedisSession } = require('../../lib/cluster/brokers/redis-session')
const { openBroker } = require('../helpers/broker-subjects')

/**
 * A session that is open, over connections that do as they are told.
 *
 * @param {import('node:test').TestContext} t
 */
async function session(t) {
  const server = { isDead: false, denied: new Set() }
  /** @type {string[][]} */
  const asked = []
  const answer = async () => {
    if (server.isDead) throw new Error('the connection has ended')
  }
  const make = () => ({
    connect: answer,
    command: async () => 'redis_mode:standalone',
    ping: answer,
    subscribe: async (/** @type {string[]} */ channels) => {
      asked.push(channels)
      await answer()
      if (channels.some(channel => server.denied.has(channel))) throw new Error('NOPERM')
    },
    unsubscribe: answer,
    destroy: () => {},
  })
  /** @type {any[]} */
  const told = []
  const one = new RedisSession(
    make,
    {
      message: () => {},
      lost: error => told.push(['lost', error.message]),
      refused: (channel, error) => {
        told.push(['refused', channel, error.message])
        wanted.delete(channel)
      },
    },
    60_000,
  )
  t.after(() => one.destroy())
  const wanted = new Set(['a', 'b'])
  await one.open(wanted)
  return { one, server, asked, told, wanted }
}

test('what is not allowed is named, and the rest is subscribed to', async t => {
  const { one, server, asked, told, wanted } = await session(t)
  server.denied.add('d')
  const refused = await one.subscribe(['c', 'd', 'e'])
  assert.deepEqual([...refused.keys()], ['d'])
  assert.deepEqual(asked, [['a', 'b'], ['c', 'd', 'e'], ['c'], ['d'], ['e']])
  // It can be asked for again.
  for (const channel of ['c', 'd', 'e', 'f']) wanted.add(channel)
  server.denied.add('f')
  await one.keepTo(wanted)
  assert.deepEqual(
    told.map(([what, channel]) => [what, channel]),
    [
      ['refused', 'd'],
      ['refused', 'f'],
    ],
  )
  assert.deepEqual([...wanted], ['a', 'b', 'c', 'e'])
})

test('the end of the connection is no refusal', async t => {
  const { one, server, told, wanted } = await session(t)
  server.isDead = true
  await assert.rejects(one.subscribe(['c']), { message: 'the connection has ended' })
  wanted.add('d')
  await assert.rejects(one.keepTo(wanted), { message: 'the connection has ended' })
  assert.deepEqual(told, [])
})

test('what was on its way when a channel was left is passed over', async t => {
  /** @type {(text: string, channel: string) => void} */
  let heard = () => {}
  const client = {
    isPubSubActive: false,
    on: () => client,
    duplicate: () => ({
      isOpen: true,
      on: () => {},
      connect: async () => {},
      sendCommand: async () => 'PONG',
      subscribe: async (/** @type {string[]} */ _, /** @type {typeof heard} */ listener) => {
        heard = listener
      },
      unsubscribe: async () => {},
      destroy: () => {},
    }),
  }
  const ear = await openBroker(t, redis(client), ['a', 'b'])
  heard('AAAAAAAA\nfirst', 'a')
  ear.broker.unsubscribe('a')
  heard('AAAAAAAA\nlate', 'a')
  heard('AAAAAAAA\nlast', 'b')
  assert.deepEqual(ear.texts, ['first', 'last'])
})
