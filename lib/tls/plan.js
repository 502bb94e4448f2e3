'use strict'

// What is to carry connections, and with what: one value, computed once from Node's options and handed on. That the engine
// cannot do what an option asks for is a part of the value; only what Node itself does not take is thrown.

const tls = require('node:tls')

const { codes } = require('../errors')
const { clientMaterial } = require('./client-material')
const { whyNode } = require('./node-only')
const { contextOptions } = require('./material')
const { needsNode } = require('./option-table')
const { addedMaterial, renewedMaterial, serverMaterial } = require('./server-material')

/** @typedef {import('./option-table').TlsOptions} TlsOptions */
/** @typedef {import('./server-material').ServerMaterial} ServerMaterial */
/** @typedef {import('./server-material').AddedMaterial} AddedMaterial */

/** @typedef {{ transport: 'node', why: string }} NodePlan `why` is for people: the option, or what is wrong with it. */
/**
 * @template T
 * @typedef {{ transport: 'rustls' } & T} RustlsPlan
 */
/** @typedef {RustlsPlan<import('./client-material').ClientMaterial>} RustlsClientPlan */
/** @typedef {RustlsPlan<{ material: ServerMaterial }>} RustlsServerPlan */

/**
 * @template {object} T
 * @param {string | null} why Node's own TLS is needed, as far as the options alone tell.
 * @param {() => T} make What the engine needs.
 * @returns {RustlsPlan<T> | NodePlan}
 * @throws {Error} Node's own, from `make`.
 */
function plan(why, make) {
  if (why !== null) return { transport: 'node', why }
  try {
    return { transport: 'rustls', ...make() }
  } catch (/** @type {any} */ error) {
    if (error?.code !== codes.UNSUPPORTED_OPTION) throw error
    return { transport: 'node', why: error.message }
  }
}

/**
 * @param {TlsOptions} options From `normaliseConnectArgs`.
 * @returns {RustlsClientPlan | NodePlan}
 * @throws {Error} Node's own, for what `tls.connect` does not take.
 */
function clientPlan(options) {
  return plan(whyNode(options, 'client'), () => clientMaterial(options))
}

/**
 * @param {any} options As for `tls.createServer`.
 * @returns {RustlsServerPlan | NodePlan}
 * @throws {Error} Node's own, for what `tls.createServer` does not take.
 */
function serverPlan(options) {
  return plan(whyNode(options, 'server'), () => ({ material: serverMaterial(options) }))
}

/**
 * Plans for a server that takes other keys and rules.
 * @param {ServerMaterial} material Of the server.
 * @param {any} options As for `tls.Server.setSecureContext`.
 * @returns {RustlsServerPlan | NodePlan}
 * @throws {Error} Node's own
 */
function renewalPlan(material, options) {
  tls.createServer().setSecureContext(options)
  const { requestCert } = material
  return plan(whyNode({ ...options, requestCert }, 'server'), () => ({
    material: renewedMaterial(material, options),
  }))
}

/**
 * Plans for a server that takes one more context, for some names.
 * @param {any} options As for `tls.createSecureContext`, that Node has accepted.
 * @returns {RustlsPlan<{ material: AddedMaterial }> | NodePlan}
 */
function additionPlan(options) {
  const given = contextOptions(options ?? {})
  return plan(needsNode(given, 'server'), () => ({ material: addedMaterial(given) }))
}

module.exports = { additionPlan, clientPlan, renewalPlan, serverPlan }
