'use strict'

// What this node asks for one client, on whatever node it is.

const errors = require('./errors')
const invalid = require('../errors/invalid')
const { codes } = require('../errors')
const { OneCall } = require('./calls')
const { answerOf } = require('./answers')
const { parseClientId } = require('./names')
const { kinds } = require('./wire')

/** @typedef {import('./node').Node} Node */
/** @typedef {import('./calls').Limits} Limits */

/**
 * @param {any} message Of a request: it will carry an id.
 * @returns {string}
 * @throws {TypeError}
 */
function requestText(message) {
  if (typeof message !== 'object' || message === null || Array.isArray(message)) {
    throw invalid.request(message)
  }
  const text = JSON.stringify(message)
  // By its `toJSON` it may be anything.
  if (typeof text !== 'string' || !text.startsWith('{')) throw invalid.request(message)
  return text
}

/**
 * @param {Node} node
 * @param {string} of
 * @returns {(id: number) => void} Tells another node that nobody waits for the answer to a call.
 */
function dropper(node, of) {
  return id => void node.tell(of, kinds.DROP, { id })
}

/**
 * Sends a request to a client.
 * @param {Node} node
 * @param {string} id
 * @param {any} message
 * @param {Limits} limits
 * @returns {Promise<any>} Its answer.
 */
async function request(node, id, message, limits) {
  const { node: of, local } = parseClientId(id)
  const text = requestText(message)
  return of === node.id
    ? await askHere(node, local, text, limits)
    : await askThere(node, id, text, limits)
}

/**
 * @param {Node} node
 * @param {number} local
 * @param {string} text
 * @param {Limits} limits
 * @returns {Promise<any>}
 */
async function askHere(node, local, text, { timeout, signal }) {
  const asked = node.link.request(local, text, { timeout, signal })
  if (asked === null) throw errors.notConnected(false)
  try {
    return await asked
  } catch (error) {
    // The reason of a signal is the program's own.
    throw signal?.aborted && error === signal.reason ? error : errors.ofRequest(error)
  }
}

/**
 * @param {Node} node
 * @param {string} id
 * @param {string} text
 * @param {Limits} limits
 * @returns {Promise<any>}
 */
function askThere(node, id, text, limits) {
  const { node: of, local } = parseClientId(id)
  const { clock, observer } = node
  return new Promise((resolve, reject) => {
    const began = clock.now()
    const call = new OneCall(
      node.calls,
      of,
      (failure, outcome, reply) => {
        const told = reply === undefined ? { error: failure } : answerOf(of, reply.payload)
        const { error } = told
        const came = error === undefined || reply === undefined ? outcome : 'failed'
        observer.settled(node.id, call.id, id, outcomeOf(error, came), clock.now() - began)
        if ('answer' in told) resolve(told.answer)
        else reject(error)
      },
      dropper(node, of),
    )
    const time = limits.timeout === Infinity ? undefined : limits.timeout
    node.ask(call, { act: 'request', to: local, time }, text, limits)
    observer.requested(node.id, call.id, id)
  })
}

/**
 * @param {any} error
 * @param {import('./calls').Outcome} outcome
 * @returns {import('./calls').Outcome} What the request came to: an answer of the other node may be that there is none.
 */
function outcomeOf(error, outcome) {
  if (outcome !== 'failed') return outcome
  return error.code === codes.REMOTE_ERROR ? 'failed' : 'lost'
}

/**
 * Has something done with a client of another node.
 * @param {Node} node
 * @param {string} of
 * @param {{ act: 'join' | 'leave' | 'end', to: number, room?: string }} fields
 * @returns {Promise<void>}
 */
function order(node, of, fields) {
  return new Promise((resolve, reject) => {
    const settled = (/** @type {any} */ error) => {
      if (error === undefined) resolve()
      else reject(error)
    }
    const call = new OneCall(node.calls, of, settled, dropper(node, of))
    node.ask(call, fields, undefined, { timeout: node.link.requestTimeout })
  })
}

module.exports = { dropper, order, request, requestText }
