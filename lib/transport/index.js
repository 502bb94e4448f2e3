'use strict'

// What carries a server or a connection of a client. It comes with the first of them, and Node's own TLS with it.

const { later } = require('../host/later')

const choice = later(() => require('./choice'))

/** @type {typeof import('./choice').serverFor} */
function serverFor(...args) {
  return choice().serverFor(...args)
}

/** @type {typeof import('./choice').dialFor} */
function dialFor(...args) {
  return choice().dialFor(...args)
}

module.exports = { dialFor, serverFor }
