'use strict'

// What is to carry a client's connection, and with what: one value, computed once for each attempt and handed on.

const { isRefusal, whyNode } = require('./node-only')
const { clientMaterial } = require('./options')

/** @typedef {import('./option-table').TlsOptions} TlsOptions */
/** @typedef {{ transport: 'rustls' } & import('./options').ClientMaterial} RustlsPlan */
/** @typedef {{ transport: 'node', why: string }} NodePlan `why` is for people: the option, or what is wrong with it. */

/**
 * @param {TlsOptions} options From `normaliseConnectArgs`.
 * @returns {RustlsPlan | NodePlan}
 * @throws {Error} Node's own, for what `tls.connect` does not take.
 */
function clientPlan(options) {
  const why = whyNode(options, 'client')
  if (why !== null) return { transport: 'node', why }
  try {
    return { transport: 'rustls', ...clientMaterial(options) }
  } catch (/** @type {any} */ error) {
    if (!isRefusal(error)) throw error
    return { transport: 'node', why: error.message }
  }
}

module.exports = { clientPlan }
