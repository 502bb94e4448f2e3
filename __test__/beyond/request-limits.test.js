'use strict'

// A time limit and an AbortSignal of one request, at both ends.

const assert = require('node:assert/strict')
const { getEventListeners } = require('node:events')
const { test } = require('node:test')

const { Log, elapsed } = require('../helpers/events')
const { bothRoles } = require('../helpers/roles')
const { difference } = require('../helpers/subject')

/**
 * @param {Promise<unknown>} promise
 * @returns {Promise<any>} what it rejects with
 */
function rejection(promise) {
  return promise.then(
    () => assert.fail('resolved'),
    error => error,
  )
}

/**
 * @param {import('../helpers/roles').End} end
 * @returns the request with options
 */
function asking({ node }) {
  const isServer = 'tlsServer' in node
  return (/** @type {any} */ message, /** @type {any} */ options) =>
    isServer ? node.request(0, message, options) : node.request(message, options)
}

/**
 * Nothing is left of the requests that were made.
 *
 * @param {import('../helpers/roles').End} end
 * @param {AbortSignal} [signal]
 */
function assertNothingLeft({ node }, signal) {
  assert.equal(node.requests.requests.size, 0)
  assert.equal(node.stats().requests.pending, 0)
  if (signal) assert.deepEqual(getEventListeners(signal, 'abort'), [])
}

bothRoles(difference, 'a request has a time limit of its own', async end => {
  const ask = asking(end)
  const error = await rejection(ask({ question: 1 }, { timeout: 5 }))
  assert.equal(error.code, 'TLSJSON_REQUEST_TIMEOUT')
  assert.equal(end.node.stats().requests.timedOut, 1)
  assertNothingLeft(end)
  // A late answer is dropped, and the next one is heard.
  const { requestId } = await end.peer.value('the request')
  const again = ask({ question: 2 }, { timeout: 2 ** 40 })
  const { requestId: next } = await end.peer.value('the next request')
  await end.peer.send({ responseId: requestId, late: true }, { responseId: next, answer: 2 })
  assert.deepEqual(await again, { answer: 2 })
  assert.deepEqual(end.log.names, [])
})

bothRoles(
  difference,
  'a request may have no time limit',
  async end => {
    const ask = asking(end)
    const patient = ask({}, { timeout: Infinity })
    const { requestId } = await end.peer.value('the request')
    assert.equal((await rejection(ask({}, undefined))).code, 'TLSJSON_REQUEST_TIMEOUT')
    await end.peer.send({ responseId: requestId, answer: 1 })
    assert.deepEqual(await patient, { answer: 1 })
    assertNothingLeft(end)
  },
  { requestTimeout: 5 },
)

bothRoles(difference, 'a signal that is aborted before sends nothing', async end => {
  const ask = asking(end)
  const reason = { any: 'value' }
  const signal = AbortSignal.abort(reason)
  assert.equal(await rejection(ask({ never: 'sent' }, { signal })), reason)
  // By its toJSON the message may abort it.
  const controller = new AbortController()
  const message = { toJSON: () => (controller.abort(reason), { never: 'sent' }) }
  assert.equal(await rejection(ask(message, { signal: controller.signal })), reason)
  end.send({ sent: 'later' })
  assert.deepEqual(await end.peer.value(), { sent: 'later' })
  assert.equal(end.node.stats().requests.sent, 0)
  assertNothingLeft(end, signal)
})

bothRoles(
  difference,
  'a signal gives requests up, and what they had waited for is dropped',
  async end => {
    const ask = asking(end)
    const { signal, ...controller } = withSignal()
    const asked = [ask({ at: 0 }, { signal }), ask({ at: 1 }, { signal, timeout: 50_000 })]
    const ids = []
    for (const _ of asked) ids.push((await end.peer.value('a request')).requestId)
    assert.equal(getEventListeners(signal, 'abort').length, 1, 'one listener for all')
    const rejected = asked.map(rejection)
    controller.abort()
    const [first, second] = await Promise.all(rejected)
    assert.equal(first, signal.reason)
    assert.equal(second, signal.reason)
    assert.equal(first.name, 'AbortError')
    assert.equal(end.node.stats().requests.aborted, 2)
    await end.peer.send({ responseId: ids[0], late: true }, { still: 'here' })
    assert.deepEqual(await end.log.reach('message'), [[{ still: 'here' }]])
    assertNothingLeft(end, signal)
  },
)

bothRoles(difference, 'a signal that is aborted after the answer does nothing', async end => {
  const { signal, ...controller } = withSignal()
  const asked = asking(end)({}, { signal })
  const { requestId } = await end.peer.value('the request')
  await end.peer.send({ responseId: requestId, answer: 1 })
  assert.deepEqual(await asked, { answer: 1 })
  assertNothingLeft(end, signal)
  controller.abort()
  assert.equal(end.node.stats().requests.aborted, 0)
})

bothRoles(difference, 'AbortSignal.timeout and AbortSignal.any give requests up', async end => {
  const any = /** @type {any} */ (AbortSignal)
  const signal = any.any([AbortSignal.timeout(5), new AbortController().signal])
  assert.equal((await rejection(asking(end)({}, { signal }))).name, 'TimeoutError')
  assertNothingLeft(end, signal)
})

bothRoles(difference, 'a lost connection leaves no listener', async end => {
  const { signal } = withSignal()
  const lost = rejection(asking(end)({}, { signal, timeout: Infinity }))
  await end.peer.value('the request')
  end.peer.socket.destroy()
  assert.equal((await lost).code, 'TLSJSON_CONNECTION_LOST')
  assertNothingLeft(end, signal)
})

bothRoles(difference, 'options of no use are refused, and nothing is sent', async end => {
  const ask = asking(end)
  for (const timeout of [0, -1, NaN, -Infinity, '5', null, {}, 5n]) {
    const error = await rejection(ask({}, { timeout }))
    assert.ok(error instanceof TypeError, String(timeout))
    assert.equal(/** @type {any} */ (error).code, 'ERR_INVALID_ARG_VALUE')
    assert.match(error.message, /The option timeout must be a number of milliseconds above 0/)
  }
  for (const signal of [null, 'stop', 5, () => {}, {}, { aborted: false }]) {
    const error = await rejection(ask({}, { signal }))
    assert.ok(error instanceof TypeError, String(signal))
    assert.equal(/** @type {any} */ (error).code, 'ERR_INVALID_ARG_TYPE')
    assert.match(error.message, /"signal" option must be an AbortSignal/)
  }
  end.send({ sent: 'later' })
  assert.deepEqual(await end.peer.value(), { sent: 'later' })
  assertNothingLeft(end)
})

bothRoles(test, 'what is no object in the place of options changes nothing', async end => {
  const ask = asking(end)
  const asked = [7, 'x', null, undefined, true].map(options => ask({}, options))
  const ids = []
  for (const _ of asked) ids.push((await end.peer.value('a request')).requestId)
  await end.peer.send(...ids.map(responseId => ({ responseId, answer: responseId })))
  assert.deepEqual(
    await Promise.all(asked),
    ids.map(answer => ({ answer })),
  )
})

// The peer answers no pings.
bothRoles(
  difference,
  'ten thousand limited requests leave nothing behind',
  async end => {
    const ask = asking(end)
    const { signal, ...controller } = withSignal()
    const timers = () => process.getActiveResourcesInfo().filter(name => name === 'Timeout').length
    await elapsed(1)
    const before = timers()
    for (let round = 0; round < 100; round++) {
      const asked = Array.from({ length: 100 }, (_, at) => {
        const own = new AbortController()
        const request = ask(
          {},
          { timeout: at % 3 ? 60_000 : Infinity, signal: at % 2 ? signal : own.signal },
        )
        if (at % 10 === 0) own.abort()
        return request
      })
      const settled = Promise.allSettled(asked)
      const answers = []
      for (const _ of asked) {
        answers.push({ responseId: (await end.peer.value('a request')).requestId })
      }
      await end.peer.send(...answers)
      await settled
    }
    assertNothingLeft(end, signal)
    assert.ok(timers() <= before + 1, `${timers()} timers, ${before} before`)
    const { sent, answered, aborted } = end.node.stats().requests
    assert.deepEqual({ sent, answered, aborted }, { sent: 10_000, answered: 9000, aborted: 1000 })
    controller.abort()
    assert.equal(end.node.stats().requests.aborted, 1000)
    assert.ok(end.log instanceof Log)
  },
  { keepAliveInterval: 3_600_000 },
)

/** @returns a signal, and what aborts it */
function withSignal() {
  const controller = new AbortController()
  return { signal: controller.signal, abort: () => controller.abort() }
}
