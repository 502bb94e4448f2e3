'use strict'

// Connections that Node accepts and the engine takes over: those of a cluster worker, whose port belongs to the
// primary, and those that a program hands to `tlsServer.emit('connection', socket)`.

const cluster = require('node:cluster')
const net = require('node:net')

const errors = require('./errors')

/**
 * Whether listening is to be left to the cluster's primary, as `net.Server` does.
 * @param {{ exclusive: boolean }} place
 */
function isShared({ exclusive }) {
  return /** @type {any} */ (cluster).isWorker && !exclusive
}

/**
 * A server of Node's that listens through the primary. Its sockets are not read from.
 * @param {(socket: net.Socket) => void} accept
 */
function sharedServer(accept) {
  return net.createServer({ pauseOnConnect: true }, accept)
}

/**
 * The file descriptor of a socket that nobody has read from. The engine duplicates it; then the socket is to be
 * destroyed, which leaves the connection open.
 * @param {any} socket
 * @returns {number}
 */
function descriptorOf(socket) {
  const descriptor = socket?._handle?.fd
  if (!(socket instanceof net.Socket) || !(descriptor >= 0) || socket.bytesRead > 0) {
    throw errors.unsupportedOption(
      'connection',
      'not a fresh net.Socket',
      'hand over a connected net.Socket before anything was read from it, where sockets have file descriptors',
    )
  }
  return descriptor
}

module.exports = { descriptorOf, isShared, sharedServer }
