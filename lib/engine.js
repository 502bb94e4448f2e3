'use strict'

const binding = require('./binding')
const dispatch = require('./dispatch')

/** @typedef {import('./binding').Engine} Engine */

/** @type {Engine | null} */
let engine = null

/**
 * The engine of this thread. Made at first use, so that `require` alone starts no thread.
 * @returns {Engine}
 */
function getEngine() {
  if (engine === null) {
    engine = new binding.Engine(dispatch.wake, dispatch.TABLE_LENGTH)
    dispatch.start(engine)
  }
  return engine
}

module.exports = { getEngine }
