'use strict'

// Connections that Node accepts and the engine takes over: those of a cluster worker, whose port belongs to the
// primary, those of a descriptor or handle that is open already, and those that a program hands to `tlsServer.emit('connection', socket)`.

const net = require('node:net')
const { Duplex } = require('node:stream')
const { TLSSocket } = require('node:tls')

const errors = require('./errors')

/**
 * Whether listening is Node's: the port belongs to the cluster's primary, or what to listen on is open already.
 * @param {import('./lookup').ListenTarget} place
 */
function isShared({ opened }) {
  if (opened !== undefined) return true
  // Here, because it brings child_process with it, which clients have no need of. The types know only its default export.
  const cluster = /** @type {any} */ (require('node:cluster'))
  return cluster.isWorker
}

/**
 * A server of Node's that listens. Its sockets are not read from.
 * @param {(socket: net.Socket) => void} accept
 */
function sharedServer(accept) {
  return net.createServer({ pauseOnConnect: true }, accept)
}

/**
 * The file descriptor of a socket that nobody has read from. The engine duplicates it; then the socket is to be
 * destroyed, which leaves the connection open.
 * @param {any} socket
 * @returns {number | null} Null for what only Node's own TLS can carry.
 */
function descriptorOf(socket) {
  const descriptor = socket?._handle?.fd
  const isFresh = socket instanceof net.Socket && descriptor >= 0 && socket.bytesRead === 0
  return isFresh && !(socket instanceof TLSSocket) ? descriptor : null
}

/**
 * @param {import('./binding').Engine} engine Leaves accepting to Node, where the system has descriptors.
 * @param {number} listener
 * @returns {number}
 * @throws {Error} TLSJSON_UNSUPPORTED_OPTION
 */
function descriptorToAcceptBy(engine, listener) {
  const descriptor = engine.handOver?.(listener)
  if (descriptor != null) return descriptor
  throw errors.unsupportedOption(
    'secureContext',
    'for Node alone, on a server that listens by rustls',
    'make the server with it',
  )
}

/**
 * @param {any} stream What is to be a connection.
 * @throws {Error} TLSJSON_UNSUPPORTED_OPTION for what cannot be one.
 */
function refuseStranger(stream) {
  const connected =
    stream instanceof net.Socket
      ? /** @type {any} */ (stream)._handle != null
      : stream instanceof Duplex
  if (connected) return
  throw errors.unsupportedOption(
    'connection',
    'not a connected stream',
    'hand over a connected net.Socket, or another duplex stream',
  )
}

module.exports = {
  descriptorOf,
  descriptorToAcceptBy,
  isShared,
  refuseStranger,
  sharedServer,
}
