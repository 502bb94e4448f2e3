'use strict'

// What channels and clients are called.

const assert = require('node:assert/strict')
const { test } = require('node:test')

const { Channels, isNodeId, newNodeId, parseClientId } = require('../../lib/cluster/names')

/** What NATS and Redis, and any other broker, take in the name of a channel. */
const SAFE = /^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$/

test('every room has a channel of its own, of letters that every broker takes', () => {
  const channels = new Channels('tls-json')
  const rooms = [
    'lobby',
    'all',
    'beats',
    '_0061ll',
    'Lobby',
    '*',
    '_002a',
    '>',
    '.',
    'a.b',
    'a_b',
    'a_002eb',
    ' ',
    '\n',
    '\0',
    'ä',
    '\ud800',
    '\ud801',
    '\ufffd',
    '😀',
    '_h',
    'x'.repeat(150),
    'x'.repeat(151),
    'x'.repeat(152),
    'ä'.repeat(5000),
    `${'ä'.repeat(4999)}ö`,
  ]
  const names = rooms.map(room => channels.room(room))
  assert.equal(new Set(names).size, rooms.length)
  for (const name of [...names, channels.all, channels.beats, channels.node('a-00000000')]) {
    assert.match(name, SAFE)
    assert.ok(name.length < 200, name)
  }
  assert.equal(channels.room('lobby'), 'tls-json.room.lobby')
  for (const room of rooms) assert.equal(channels.roomOf(channels.room(room), rooms), room)
  for (const other of [channels.all, channels.beats, channels.node('a-00000000'), 'x.room.a']) {
    assert.equal(channels.roomOf(other, rooms), undefined)
  }
  assert.equal(channels.roomOf(channels.room('ü'.repeat(5000)), rooms), undefined)
})

test('of many rooms that are refused each is named without a look at all others', () => {
  const channels = new Channels('tls-json')
  const rooms = Array.from({ length: 1000 }, (_, at) => `room ${at}`)
  let looks = 0
  const counted = {
    *[Symbol.iterator]() {
      looks++
      yield* rooms
    },
  }
  for (const room of rooms) assert.equal(channels.roomOf(channels.room(room), counted), room)
  assert.equal(looks, 0)
})

test('ids of nodes are new at each start, and those of clients name the node', () => {
  const [first, second] = [newNodeId('eu-1'), newNodeId('eu-1')]
  assert.notEqual(first, second)
  assert.ok(isNodeId(first))
  assert.deepEqual(parseClientId(`${first}:17`), { node: first, local: 17 })
  for (const odd of [
    '',
    ':',
    'eu:1',
    `${first}:01`,
    `${first}:1e3`,
    `${first}:-1`,
    `${first}: 1`,
    7,
  ]) {
    assert.throws(() => parseClientId(odd), { name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' })
  }
})
