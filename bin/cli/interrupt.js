'use strict'

const { setMaxListeners } = require('node:events')

const { EXIT } = require('./exit-codes')

const SIGNALS = /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])

/**
 * Ctrl-C: once to end in order, twice to end at once.
 *
 * @returns {{ signal: AbortSignal, interrupt: () => void, stop: () => void }} `stop` before the process goes on to other things
 */
function interruptible() {
  const controller = new AbortController()
  // A load waits in thousands of places.
  setMaxListeners(0, controller.signal)
  const interrupt = () => {
    if (controller.signal.aborted) process.exit(EXIT.interrupted)
    controller.abort()
  }
  for (const name of SIGNALS) process.on(name, interrupt)
  return {
    signal: controller.signal,
    interrupt,
    stop: () => SIGNALS.forEach(name => process.off(name, interrupt)),
  }
}

module.exports = { interruptible }
