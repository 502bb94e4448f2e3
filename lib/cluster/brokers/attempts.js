'use strict'

const { brokerDown } = require('./errors')
const { backOff, pause } = require('./pause')

/**
 * Connects, as often as it takes. Whoever it is about hears of a failure once, and again when the reason is another one.
 *
 * @template T
 * @param {() => Promise<T>} connect
 * @param {(error: Error) => void} failed
 * @param {AbortSignal} signal aborted when the broker is closed
 * @returns {Promise<T | undefined>} nothing if it was closed
 */
async function connectUntilThere(connect, failed, signal) {
  let told = ''
  for (let attempt = 1; !signal.aborted; attempt++) {
    try {
      return await connect()
    } catch (err) {
      if (signal.aborted) return undefined
      const error = brokerDown(err)
      if (error.message !== told) failed(error)
      told = error.message
    }
    await pause(backOff(attempt), signal)
  }
  return undefined
}

module.exports = { connectUntilThere }
