'use strict'

/** A process of its own for one case: what V8 learns of one says nothing of another. */

const { cases } = require('./cases')
const { measure } = require('./measure')

/** @param {{ name: string, effort: import('./measure').Effort }} task */
async function work({ name, effort }) {
  const one = cases[name](name)
  process.send?.(await measure(one, effort))
  one.close()
  process.disconnect()
}

process.once('message', task => work(/** @type {any} */ (task)))
