'use strict'

// What the options mean that only clients have, and have to be asked for.

const { BackOff } = require('./back-off')

/**
 * What says when to connect again, in the place of `reconnectInterval`. Who names several servers wants one of them.
 * @param {any} config
 * @returns {BackOff | null}
 * @throws {TypeError} For what is none.
 */
function backOffOf({ reconnect, reconnectInterval, servers }) {
  if (reconnect !== undefined) return new BackOff(reconnect)
  const wanted = servers !== undefined && !reconnectInterval
  return wanted ? new BackOff({}) : null
}

/**
 * Whether the server is told what we understand beyond the protocol of tls-json 3.x: if the program says so, or has one
 * of the options that are of more use then.
 * @param {any} config
 * @returns {boolean}
 */
function announces({ extensions, reconnect, servers }) {
  if (extensions !== undefined) return Boolean(extensions)
  return reconnect !== undefined || servers !== undefined
}

module.exports = { announces, backOffOf }
