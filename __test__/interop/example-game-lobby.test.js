'use strict'

const assert = require('node:assert/strict')
const { exampleTest, assertPrompt } = require('../helpers/example')

exampleTest('game-lobby', 'players talk, one is kicked, all leave', async (_t, stage) => {
  const lobby = stage.server('lobby.js', '0')
  const where = [await lobby.port(), '127.0.0.1']

  const ann = stage.client('player.js', 'ann', ...where)
  await ann.prints(/^in the lobby/)
  const bob = stage.client('player.js', 'bob', ...where)
  await Promise.all([bob.prints(/^in the lobby/), ann.prints(/^bob joined/)])
  const bot = stage.client('bot.js', 'bot', ...where)
  await Promise.all([
    bot.prints(/^bot is in the lobby/),
    ...[ann, bob].map(each => each.prints(/^bot joined/)),
  ])

  // A name that is taken.
  const second = stage.client('player.js', 'bob', ...where)
  await lobby.prints(/^connection 3 closed/)

  ann.type('hello')
  await Promise.all([ann.prints(/^bot: hello ann/), bob.prints(/^bot: hello ann/)])

  bob.type('/kick ann')
  await bob.prints(/^only the host/)
  ann.type('/start')
  await Promise.all([ann, bob].map(each => each.prints(/^the game starts/)))

  ann.type('/kick bot')
  await Promise.all([ann, bob].map(each => each.prints(/^bot was kicked/)))
  await lobby.prints(/^connection 2 closed/)

  const next = stage.client('bot.js', 'bot', ...where)
  await Promise.all([
    next.prints(/^bot is in the lobby/),
    ...[ann, bob].map(each => each.prints(/^bot joined/, 2)),
  ])
  bob.type('/players')
  await bob.prints(/^4 bot/)

  ann.type('/quit')
  // The host is whoever has been there longest.
  await bob.prints(/^ann left/)
  bob.type('/kick carl')
  await bob.prints(/^there is no carl/)
  bob.type('/quit')
  // Each has ended by itself, most of them long ago.
  for (const each of [second, bot, ann, bob, next]) {
    assertPrompt(await each.end(), stage.native.client)
  }
  assertPrompt(await lobby.end(), stage.native.server)

  assert.deepEqual(ann.lines, [
    'in the lobby: ann',
    'bob joined',
    'bot joined',
    'bot: hello ann',
    'the game starts with 3',
    'bot was kicked by ann',
    'bot joined',
    'connection closed',
  ])
  assert.deepEqual(bob.lines, [
    'in the lobby: ann, bob',
    'bot joined',
    'ann: hello',
    'bot: hello ann',
    'only the host can do that',
    'the game starts with 3',
    'bot was kicked by ann',
    'bot joined',
    '0 ann from 127.0.0.1',
    '1 bob from 127.0.0.1',
    '4 bot (bot) from 127.0.0.1',
    'ann left',
    'there is no carl',
    'connection closed',
  ])
  assert.deepEqual(second.lines, ['there is a bob already', 'connection closed'])
  assert.deepEqual(bot.lines, [
    'bot is in the lobby',
    'ann says hello',
    'kicked by ann',
    'connection closed',
  ])
  assert.deepEqual(next.lines, ['bot is in the lobby', 'kicked by the lobby', 'connection closed'])
  const tail = lobby.lines.slice(lobby.lines.indexOf('ann left'))
  assert.deepEqual(
    lobby.lines.slice(1, -tail.length),
    [
      'connection 0 from 127.0.0.1',
      'ann joined as 0',
      'connection 1 from 127.0.0.1',
      'bob joined as 1',
      'connection 2 from 127.0.0.1',
      'bot joined as 2',
      'connection 3 from 127.0.0.1',
      'connection 3 closed',
      'the game starts with 3',
      'bot was kicked by ann',
      'connection 2 closed',
      'connection 4 from 127.0.0.1',
      'bot joined as 4',
    ],
    lobby.describe('said something else'),
  )
  // The callback of close() and the last client's 'close' come at about the same time.
  assert.deepEqual(tail.toSorted(), [
    'ann left',
    'bob left',
    'bot left',
    'connection 0 closed',
    'connection 1 closed',
    'connection 4 closed',
    'lobby closed',
  ])
})
