'use strict'

const outbox = require('../engine/outbox')
const { connectionOf } = require('./connection-view')

/**
 * Sends one text to all who are logged in and whose connection we have not ended.
 * @param {Iterable<import('./socket').Socket>} sockets
 * @param {string} text With its newline.
 * @returns {import('./connection').Connection[]} Whom it goes to.
 */
function broadcast(sockets, text) {
  const targets = []
  for (const socket of sockets) {
    const connection = connectionOf(socket)
    if (connection?.loggedIn && !connection.ended && !connection.destroyed) targets.push(connection)
  }
  if (targets.length > 0) outbox.writeToAll(targets, text)
  return targets
}

exports.broadcast = broadcast
