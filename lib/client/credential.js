'use strict'

// What a client shows to be let in: the `password` of its configuration, or what a function there gives at each connect.

const errors = require('../errors')

/**
 * Calls `show` with the password, unless the connection has ended by the time there is one. If there is none, the
 * connection fails.
 * @param {import('../connection/connection').Connection} connection
 * @param {any} config
 * @param {(password: any) => void} show
 * @returns {boolean} Whether it has to be waited for.
 */
function askPassword(connection, config, show) {
  const { password } = config
  if (typeof password !== 'function') {
    show(password)
    return false
  }
  // As a promise whatever it returns, so that what it throws is told in the same way.
  new Promise(resolve => resolve(Reflect.apply(password, config, [])))
    .then(value => {
      if (!connection.destroyed && !connection.ended) show(value)
    })
    .catch(error => connection.fail(errors.passwordFailed(error)))
  return true
}

exports.askPassword = askPassword
