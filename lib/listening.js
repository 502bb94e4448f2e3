'use strict'

// What is asked of the engine's listeners, and what the engine says of them, in Node's terms.

const { isIP } = require('node:net')

const { bare } = require('./bare')
const dispatch = require('./dispatch')
const errors = require('./errors')

/** @typedef {import('./binding').Listening} Listening */
/** @typedef {Partial<import('./binding').ListenSettings>} Settings */

/** How many connections may wait to be accepted, as in Node. */
const BACKLOG = 511

/**
 * @param {Settings} place
 * @param {import('./server-contexts').ServerContexts} contexts
 * @param {import('./tls-server').Bounds} bounds
 * @returns {import('./binding').ListenSettings}
 */
function settingsOf(place, { handshakeTimeout, ofConnections }, bounds) {
  return bare({
    detached: false,
    port: 0,
    ipv6Only: false,
    backlog: BACKLOG,
    ...place,
    handshakeTimeout,
    probeDelay: ofConnections.probeDelay,
    ...bounds,
  })
}

/**
 * @param {Listening} listening
 * @param {string | undefined} path
 * @returns {{ address: string, family: string, port: number } | string | null} as `net.Server.address()`
 */
function addressOf({ address, port }, path) {
  if (address === undefined || port === undefined) return path ?? null
  return { address, family: isIP(address) === 6 ? 'IPv6' : 'IPv4', port }
}

/**
 * @param {Listening} listening That failed.
 * @param {string | undefined} path
 * @returns {Error}
 */
function failureOf({ errno, address, port }, path) {
  // Node says of a path that its port is -1.
  const at = path === undefined ? { address, port } : { address: path, port: -1 }
  return errors.fromEngine({ kind: 'system', syscall: 'listen', errno, ...at })
}

/**
 * Takes what the engine tells of a listener.
 * @param {number} listener
 * @param {import('node:async_hooks').AsyncResource} resource
 * @param {{
 *   clientError: (signal: any) => void,
 *   closed: () => void,
 *   secure: (id: number, signal: any) => void,
 *   hello: (id: number, signal: any) => void,
 *   connection: (id: number, signal: any) => void,
 * }} on The last three of connections that are not registered yet.
 */
function receive(listener, resource, on) {
  dispatch.register(listener, {
    resource,
    line() {},
    signal(signal) {
      switch (signal.type) {
        case 'clientError':
          on.clientError(signal)
          return
        case 'listenerClosed':
          dispatch.forget(listener)
          on.closed()
          return
        default:
          throw new TypeError(`unknown signal ${signal.type}`)
      }
    },
    open(id, signal) {
      if (signal.type === 'secure') on.secure(id, signal)
      else if (signal.type === 'hello') on.hello(id, signal)
      else on.connection(id, signal)
    },
  })
}

module.exports = { BACKLOG, addressOf, failureOf, receive, settingsOf }
