'use strict'

/**
 * How a listener of 'request' answers: the request itself says so in `how`.
 *
 * @typedef {object} Asked
 * @property {import('./world').World} world
 * @property {import('./world').Slot} slot
 * @property {'server' | 'client'} side who was asked
 * @property {any} req
 * @property {any} res
 * @property {(value: any) => unknown} send a message to who asked
 */

const { meet } = require('./differences')
const { show } = require('./show')

/**
 * Does what may throw and writes down what came of it.
 *
 * @param {import('./world').World} world
 * @param {string} where
 * @param {() => unknown} body
 */
function attempt(world, where, body) {
  let outcome
  try {
    outcome = `returned ${show(body())}`
  } catch (error) {
    outcome = `threw ${show(error)}`
  }
  world.note(where, outcome)
}

/**
 * @param {any} value that was to be a request or an answer
 * @param {any} error
 * @returns {any} the same, but for how a TypeError about a primitive is worded
 */
function worded(value, error) {
  if ((typeof value === 'object' && value !== null) || !(error instanceof TypeError)) return error
  meet('unanswerable')
  return new TypeError('no object')
}

/** @type {Record<string, (asked: Asked) => void>} */
const ways = {
  echo: ({ req, res }) => void res.send({ echo: req }),
  ignore() {},
  keep: ({ slot, side, res }) => void slot.kept[side].push(res),
  /** The first one wins. */
  twice({ res }) {
    res.send({ n: 1 })
    res.send({ n: 2 })
  },
  detached(asked) {
    const { send } = asked.res
    attempt(asked.world, `${name(asked)} answers`, () => send({ detached: true }))
  },
  /** An array cannot carry the id. */
  array: ({ res }) => void res.send(['no', 'id']),
  /** What cannot be an answer, then one that can. */
  impossible(asked) {
    const { res, req } = asked
    for (const value of [undefined, null, 5, 'text', Object.freeze({}), { n: 1n }]) {
      attempt(asked.world, `${name(asked)} answers`, () => {
        try {
          return res.send(value)
        } catch (error) {
          throw worded(value, error)
        }
      })
    }
    res.send({ after: req })
  },
  between({ res, send }) {
    send({ before: 1 })
    res.send({ between: 2 })
    send({ after: 3 })
  },
  /** The id comes in place of the object's own. */
  own: ({ res }) => void res.send({ a: 1, responseId: null, b: 2 }),
  /** Asks back first. */
  ask({ world, slot, side, res }) {
    const node = side === 'server' ? world.server : slot.client
    const question = { how: 'echo', back: true }
    const ask = () => (side === 'server' ? node.request(slot.id, question) : node.request(question))
    void world.ask(slot, side, ask).then(() => res.send({ asked: 'back' }))
  },
  later: ({ res }) => void Promise.resolve().then(() => res.send({ later: true })),
  /** Who asks is gone before the answer. */
  leave({ world, slot, side, res }) {
    if (side === 'server') world.server.sockets.get(slot.id).destroy()
    else slot.client.disconnect()
    res.send({ too: 'late' })
  },
}

/** @param {Asked} asked */
function name({ slot, side }) {
  return side === 'server' ? slot.far : slot.near
}

/**
 * @param {import('./world').World} world
 * @param {import('./world').Slot} slot
 * @param {'server' | 'client'} side
 * @param {any} req
 * @param {any} res
 */
function answer(world, slot, side, req, res) {
  const { id, client } = slot
  const send = (/** @type {any} */ value) =>
    side === 'server' ? world.server.send(id, value) : client.send(value)
  const way = ways[typeof req?.how === 'string' ? req.how : 'echo'] ?? ways.echo
  way?.({ world, slot, side, req, res, send })
}

module.exports = { answer, attempt, worded }
