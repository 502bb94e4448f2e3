'use strict'

const { Duplex } = require('node:stream')

/**
 * A socket's bytes by a stream that is no socket.
 *
 * @param {import('node:net').Socket} socket
 * @returns {Duplex}
 */
function plainStream(socket) {
  const stream = new Duplex({
    read: () => socket.resume(),
    write: (chunk, _encoding, done) => void socket.write(chunk, done),
    final: done => void socket.end(done),
    destroy: (error, done) => {
      socket.destroy()
      done(error)
    },
  })
  socket.on('data', chunk => {
    if (!stream.push(chunk)) socket.pause()
  })
  socket.on('end', () => stream.push(null))
  socket.on('error', error => stream.destroy(error))
  return stream
}

module.exports = { plainStream }
