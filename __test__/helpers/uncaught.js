'use strict'

const { bounded } = require('./events')
const { cleanup } = require('./cleanup')

/**
 * What is thrown next and caught by nobody. Until the test is over no one else is told of it.
 *
 * @param {import('node:test').TestContext} t
 * @returns {Promise<any>}
 */
function uncaught(t) {
  const listeners = process.listeners('uncaughtException')
  process.removeAllListeners('uncaughtException')
  const thrown = new Promise(resolve => process.once('uncaughtException', resolve))
  cleanup(t, () => {
    process.removeAllListeners('uncaughtException')
    for (const each of listeners) process.on('uncaughtException', each)
  })
  return bounded(thrown, 'an exception that nobody catches')
}

exports.uncaught = uncaught
