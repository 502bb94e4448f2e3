'use strict'

// What a client shows to log in: the `password` of its configuration, or what a function there gives at each connect.

const errors = require('../errors')
const extensions = require('../protocol/extensions')
const { announces } = require('./options')

/**
 * Sends the login line, unless the connection has ended by the time there is a password. If there is none, it fails.
 * @param {import('../connection/connection').Connection} connection
 * @param {any} config
 * @param {{ asks: boolean }} limit Told whether a function is asked.
 */
function showPassword(connection, config, limit) {
  const show = (/** @type {any} */ password) => {
    connection.write(extensions.loginLine(password, announces(config)))
  }
  const { password } = config
  if (typeof password !== 'function') {
    show(password)
    return
  }
  limit.asks = true
  // As a promise whatever it returns, so that what it throws is told in the same way.
  new Promise(resolve => resolve(Reflect.apply(password, config, [])))
    .then(value => {
      limit.asks = false
      if (!connection.destroyed && !connection.ended) show(value)
    })
    .catch(error => connection.fail(errors.passwordFailed(error)))
}

exports.showPassword = showPassword
