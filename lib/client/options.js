'use strict'

// What the options mean that only clients have, and have to be asked for.

const { later } = require('../host/later')

/** @typedef {import('./back-off').BackOff} BackOff */
/** @typedef {import('./queue').Queue} Queue */

const backOff = later(() => require('./back-off'))
const queues = later(() => require('./queue'))

/**
 * What says when to connect again, in the place of `reconnectInterval`. Who names several servers, or has messages
 * kept, wants to be connected again.
 * @param {any} config
 * @returns {BackOff | null}
 * @throws {TypeError} For what is none.
 */
function backOffOf({ queue, reconnect, reconnectInterval, servers }) {
  if (reconnect !== undefined) return new (backOff().BackOff)(reconnect)
  const wanted = (servers !== undefined || queue !== undefined) && !reconnectInterval
  return wanted ? new (backOff().BackOff)({}) : null
}

/**
 * What keeps messages over lost connections.
 * @param {any} config
 * @param {(event: 'dropped' | 'unconfirmed', report: any) => void} tell
 * @returns {Queue | null}
 * @throws {TypeError} For what is none.
 */
function queueOf({ queue }, tell) {
  return queue === undefined ? null : new (queues().Queue)(queue, tell)
}

/**
 * Whether the server is told what we understand beyond the protocol of tls-json 3.x: if the program says so, or has one
 * of the options that are of more use then.
 * @param {any} config
 * @returns {boolean}
 */
function announces({ extensions, queue, reconnect, servers }) {
  if (extensions !== undefined) return Boolean(extensions)
  return [queue, reconnect, servers].some(option => option !== undefined)
}

module.exports = { announces, backOffOf, queueOf }
