'use strict'

// Connections that Node accepts and the engine takes over: those of a cluster worker, whose port belongs to the
// primary, those of a path, of a descriptor or a handle that is open already, and those that a program hands to
// `tlsServer.emit('connection', socket)`.

const net = require('node:net')
const { Duplex } = require('node:stream')
const { TLSSocket } = require('node:tls')

const errors = require('../errors')

/**
 * A server of Node's that accepts for ours. Its sockets are not read from.
 * @param {(socket: net.Socket) => void} accept
 */
function nodeServer(accept) {
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
 * @param {any} stream What is to be a connection.
 * @throws {Error} TLSJSON_UNSUPPORTED_OPTION for what cannot be one.
 */
function refuseUnsupported(stream) {
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
  nodeServer,
  refuseUnsupported,
}
