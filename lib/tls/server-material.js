'use strict'

const tls = require('node:tls')
const { contextOptions, materialOf } = require('./material')

/** @typedef {import('./material').Material} Material */
/** @typedef {import('./option-table').TlsOptions} TlsOptions */

/**
 * @typedef {Material & {
 *   requestCert: boolean,
 *   rejectUnauthorized: boolean,
 *   handshakeTimeout: number,
 *   ofConnections: ConnectionRules,
 * }} ServerMaterial `handshakeTimeout` in milliseconds
 */

/** @typedef {Pick<Material, 'keyPairs' | 'ca' | 'securityLevel'>} AddedMaterial What OpenSSL takes of a context for a name. */

/**
 * What a server makes of its connections.
 *
 * @typedef {object} ConnectionRules
 * @property {boolean} allowHalfOpen a peer's end is not answered by ours
 * @property {number | undefined} probeDelay milliseconds, of `keepAlive`; undefined where that is not asked for
 * @property {import('node:net').BlockList | undefined} blockList where this Node reads it
 */

/** Node's default, in milliseconds. */
const HANDSHAKE_TIMEOUT = 120_000

/**
 * @param {any} server Node's own, made of the options: it knows what this Node makes of them
 * @returns {ConnectionRules}
 */
function connectionRules({ allowHalfOpen, keepAlive, keepAliveInitialDelay, blockList }) {
  return {
    allowHalfOpen: Boolean(allowHalfOpen),
    probeDelay: keepAlive ? keepAliveInitialDelay * 1000 : undefined,
    blockList,
  }
}

/**
 * @param {any} options of the server, as for `tls.createServer`
 * @returns {ServerMaterial}
 * @throws {Error} Node's own, or TLSJSON_UNSUPPORTED_OPTION
 */
function serverMaterial(options) {
  const server = tls.createServer(options)
  /** @type {TlsOptions} */
  const given = options ?? {}
  return {
    ...materialOf(given),
    allowPartialTrustChain: false,
    requestCert: given.requestCert === true,
    rejectUnauthorized: given.rejectUnauthorized !== false,
    handshakeTimeout: given.handshakeTimeout || HANDSHAKE_TIMEOUT,
    ofConnections: connectionRules(server),
  }
}

/**
 * @param {ServerMaterial} material of the server
 * @param {any} options as for `tls.Server.setSecureContext`, that Node has accepted
 * @returns {ServerMaterial} with the keys and rules of the options, and what does not belong to a context as it was
 * @throws {Error} TLSJSON_UNSUPPORTED_OPTION
 */
function renewedMaterial(material, options) {
  const { requestCert, rejectUnauthorized, handshakeTimeout, ofConnections } = material
  return {
    ...materialOf(contextOptions(options)),
    allowPartialTrustChain: false,
    alpnProtocols: material.alpnProtocols,
    requestCert,
    rejectUnauthorized,
    handshakeTimeout,
    ofConnections,
  }
}

/**
 * @param {TlsOptions} options from `contextOptions`, that Node has accepted
 * @returns {AddedMaterial}
 * @throws {Error} TLSJSON_UNSUPPORTED_OPTION
 */
function addedMaterial(options) {
  const { keyPairs, ca, securityLevel } = materialOf(options)
  return { keyPairs, ca, securityLevel }
}

module.exports = { addedMaterial, renewedMaterial, serverMaterial }
