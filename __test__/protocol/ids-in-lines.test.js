'use strict'

// Where in a line its id stands, and what stands there besides, does not matter: what is handed out is what JSON.parse makes
// of the whole line, without the id. The engine takes the id off lines that end as tls-json writes them.

const assert = require('node:assert/strict')
const { test } = require('node:test')
const { serve, password } = require('../helpers/ends')
const { admitted } = require('../helpers/reference-peer')
const { Log, next } = require('../helpers/events')
const { difference } = require('../helpers/subject')

const LINES = [
  '{"a":1,"requestId":1}',
  '{"a":{"b":[]},"requestId":999999999}',
  '{"a":"x,\\"requestId\\":1}","requestId":2}',
  '{"a":"b\\",","requestId":3}',
  '{"a":"b,"requestId":3}',
  '{"a":"b\\","requestId":3}',
  '{"requestId":4}',
  '{,"requestId":4}',
  '{ ,"requestId":4}',
  '{"a",,"requestId":4}',
  '{"a":[1,"requestId":4}',
  '[{"a":1,"requestId":4}',
  '[{"a":1,"requestId":4}]',
  '{"a":{"b":1,"requestId":4}}',
  '{"a":1,"requestId":0}',
  '{"a":1,"requestId":05}',
  '{"a":1,"requestId":5.5}',
  '{"a":1,"requestId":"5"}',
  '{"a":1,"requestId":12345678901234567890}',
  ' {"a":1,"requestId":6}',
  '{"a":1,"requestId":6}\r',
  '{"a": 1, "requestId": 6}',
  '{"requestId":7,"a":1}',
  '{"requestId":7,"a":1,"requestId":8}',
  '{"request\\u0049d":7,"a":1,"requestId":8}',
  '{"responseId":7,"a":1,"requestId":8}',
  '{"requestId":7,"a":1,"responseId":8}',
  '{"requestId":0,"a":1,"responseId":8}',
  '{"__proto__":{"b":1},"requestId":9}',
  '{"__pong":1,"requestId":9}',
  '{"é":"ü","requestId":9}',
  `{"a":"${'x'.repeat(20_000)}","requestId":9}`,
  '{"a":null,"requestId":9}',
  '{"a":true,"requestId":9}',
  '{"a":"","responseId":9}',
]

const END = '{"end":true}'

/**
 * @param {string} line
 * @returns {unknown[][]} What it leads to on a server that has asked nothing.
 */
function expected(line) {
  let value
  try {
    value = JSON.parse(line)
  } catch {
    return []
  }
  const { requestId, responseId } = value
  if (requestId) {
    delete value.requestId
    return [['request', value, requestId]]
  }
  return responseId ? [] : [['message', value]]
}

/**
 * A server, a client that speaks for itself, and what the server hears of it.
 *
 * @param {import('node:test').TestContext} t
 */
async function listen(t) {
  const { server, port } = await serve(t)
  const arrived = next(server, 'authenticated')
  const peer = await admitted(t, port, password)
  const [id, socket] = await arrived
  const log = new Log(server, ['message', 'request'])
  /** What was heard, with the id of each request as its answer has it. */
  async function heard() {
    const isOver = () => log.of('message').some(([, value]) => value.end === true)
    await log.until(isOver, 'the end of the lines')
    const entries = []
    for (const [event, , value, response] of log.entries) {
      if (value.end === true) continue
      if (event === 'message') entries.push([event, value])
      else {
        response.send({})
        const answer = await peer.value('an answer')
        entries.push([event, value, answer.responseId])
      }
    }
    return entries
  }
  return { server, id, socket, peer, heard }
}

/** @param {string[]} lines */
const joined = lines => [...lines, END].map(line => `${line}\n`).join('')

test('what is handed out is the whole line without its id', async t => {
  const { peer, heard } = await listen(t)
  await peer.write(joined(LINES))
  assert.deepEqual(await heard(), LINES.flatMap(expected))
})

test('also behind a pause', async t => {
  const { socket, peer, heard } = await listen(t)
  socket.pause()
  await peer.write(joined(LINES))
  setImmediate(() => socket.resume())
  assert.deepEqual(await heard(), LINES.flatMap(expected))
})

test('also behind an answer in the same record', async t => {
  const { server, id, peer, heard } = await listen(t)
  const asked = server.request(id, { a: 1 })
  const { requestId } = await peer.value('the request')
  await peer.write(`{"b":2,"responseId":${requestId}}\n${joined(LINES)}`)
  assert.deepEqual(await asked, { b: 2 })
  assert.deepEqual(await heard(), LINES.flatMap(expected))
})

test('what JSON.parse was replaced by sees the whole line', async t => {
  const { peer, heard } = await listen(t)
  const { parse } = JSON
  /** @type {string[]} */
  const seen = []
  t.after(() => (JSON.parse = parse))
  JSON.parse = (/** @type {string} */ text) => {
    seen.push(text)
    return parse(text)
  }
  await peer.write(joined(LINES))
  await heard()
  JSON.parse = parse
  // The original gives it with the newline of the line before.
  const lines = seen.map(text => String(text).trim())
  for (const line of LINES) assert.ok(lines.includes(line.trim()), line)
})

difference("'data' of a socket has the whole line", async t => {
  const { socket, peer, heard } = await listen(t)
  /** @type {string[]} */
  const seen = []
  socket.on('data', (/** @type {string} */ line) => seen.push(line))
  await peer.write(joined(LINES))
  assert.deepEqual(await heard(), LINES.flatMap(expected))
  assert.deepEqual(
    seen,
    [...LINES, END].map(line => `${line}\n`),
  )
})

test('an answer is the whole line without its id, too', async t => {
  const { server, id, peer } = await listen(t)
  const answers = [
    '{"a":1,"responseId":ID}',
    '{"responseId":ID}',
    '{"responseId":ID,"a":1}',
    '{"responseId":"x","a":1,"responseId":ID}',
    '{"response\\u0049d":5,"a":1,"responseId":ID}',
    '{"requestId":0,"a":1,"responseId":ID}',
    '{"__ping":1,"responseId":ID}',
    '{"é":1,"responseId":ID}',
  ]
  for (const line of answers) {
    const asked = server.request(id, {})
    const { requestId } = await peer.value('a request')
    const text = line.replaceAll('ID', requestId)
    await peer.write(`${text}\n`)
    const value = JSON.parse(text)
    delete value.responseId
    assert.deepEqual(await asked, value, line)
  }
})
