'use strict'

// What a server answers to a ClientHello: with the context of its options, or of addContext; and which protocol.

const tls = require('node:tls')
const contexts = require('./contexts')
const { getEngine } = require('./engine')
const { nodeError, unsupportedOption } = require('./errors')
const { addedMaterial, renewedMaterial, serverMaterial } = require('./tls-options')

/** @typedef {import('./tls-options').ServerMaterial} ServerMaterial */
/** @typedef {InstanceType<typeof import('./binding').ServerContext>} Native */
/** @typedef {Pick<ServerMaterial, 'keyPairs' | 'ca' | 'extraCa' | 'securityLevel'>} AddedMaterial */

/**
 * A context for some names.
 * @typedef {object} Added
 * @property {RegExp} names
 * @property {AddedMaterial} material
 * @property {Native | null} native Made when a client first asks for it.
 */

/** @returns {Function} Node's class of contexts, which it does not show. */
function secureContextClass() {
  return tls.createSecureContext().constructor
}

/**
 * @param {string} pattern Where `*` stands for one label, or a part of it.
 * @returns {RegExp} As Node makes it.
 */
function namesLike(pattern) {
  const escaped = pattern.replace(/([.^$+?\-\\[\]{}])/g, '\\$1')
  return new RegExp(`^${escaped.replaceAll('*', '[^.]*')}$`)
}

/** The contexts of one server. */
class ServerContexts {
  #material
  /** @type {Native | null} */
  #native = null
  /** @type {Added[]} */
  #added = []
  /** @type {((offer: { servername: string | false, protocols: string[] }) => unknown) | undefined} */
  #alpnCallback

  /**
   * @param {any} options Node's, see `tls.createServer`.
   * @throws {Error} Node's own, or TLSJSON_UNSUPPORTED_OPTION
   */
  constructor(options) {
    this.#material = serverMaterial(options)
    this.#alpnCallback = options?.ALPNCallback || undefined
  }

  /** Milliseconds. */
  get handshakeTimeout() {
    return this.#material.handshakeTimeout
  }

  /** What is made of connections. */
  get ofConnections() {
    return this.#material.ofConnections
  }

  /** The context of the options. */
  get current() {
    this.#native ??= contexts.server(this.#material)
    return this.#native
  }

  /**
   * Takes other keys and rules, for the handshakes to come.
   * @param {any} options As for `tls.Server.setSecureContext`.
   * @throws {Error} Node's own, or TLSJSON_UNSUPPORTED_OPTION. Then all is as before.
   */
  replace(options) {
    const material = renewedMaterial(this.#material, options)
    const native = contexts.server(material)
    this.#material = material
    this.#native = native
    for (const added of this.#added) added.native = null
  }

  /**
   * @param {any} hostname Where `*` stands for one label, or a part of it.
   * @param {any} options As for `tls.createSecureContext`.
   * @throws {Error} Node's own, or TLSJSON_UNSUPPORTED_OPTION for a context of Node's own
   */
  add(hostname, options) {
    if (hostname && options instanceof secureContextClass()) {
      const remedy = 'give the options that it was made of'
      throw unsupportedOption('context', 'made by tls.createSecureContext', remedy)
    }
    tls.createServer().addContext(hostname, options)
    this.#added.push({
      names: namesLike(hostname),
      material: addedMaterial(options),
      native: null,
    })
  }

  /**
   * Says to the engine which clients wait for `answer`.
   * @param {number} listener
   */
  ask(listener) {
    getEngine().ask(listener, this.#added.length > 0, this.#alpnCallback !== undefined)
  }

  /**
   * Answers a connection, before its handshake.
   * @param {number} id The engine's number of it.
   * @param {import('./socket').Endpoint | null} remote For TCP.
   * @returns {boolean} Whether it is wanted.
   */
  admit(id, remote) {
    const { blockList } = this.ofConnections
    const family = remote?.family === 'IPv6' ? 'ipv6' : 'ipv4'
    const blocked = remote !== null && blockList?.check(remote.address, family)
    getEngine().admit(id, !blocked)
    return !blocked
  }

  /**
   * Answers a ClientHello.
   * @param {number} id The engine's number of the connection.
   * @param {{ serverName: string | null, alpn: string[] | null }} hello
   * @throws {unknown} What the user's callback throws, or says wrongly: the client is refused then.
   */
  answer(id, { serverName, alpn }) {
    let answered = false
    try {
      const context = this.#contextFor(serverName)
      if (this.#alpnCallback === undefined || alpn === null) {
        getEngine().choose(id, context, false)
      } else {
        const offered = alpn.map(name => Buffer.from(name, 'base64'))
        const protocol = this.#protocol(serverName ?? false, offered)
        getEngine().choose(id, context, true, protocol)
      }
      answered = true
    } finally {
      if (!answered) getEngine().refuse(id)
    }
  }

  /**
   * @param {string | null} serverName
   * @returns {Native} The latest that was added for the name, or that of the options.
   */
  #contextFor(serverName) {
    const found = serverName && this.#added.findLast(added => added.names.test(serverName))
    if (!found) return this.current
    // As in OpenSSL: what was added decides on certificates, the server on all the rest.
    found.native ??= contexts.server({ ...this.#material, ...found.material })
    return found.native
  }

  /**
   * @param {string | false} servername
   * @param {Buffer[]} offered
   * @returns {Buffer | undefined} One of those offered; undefined for none.
   */
  #protocol(servername, offered) {
    const protocols = offered.map(name => name.toString('ascii'))
    const selected = this.#alpnCallback?.({ servername, protocols })
    if (selected === undefined) return undefined
    const index = protocols.indexOf(/** @type {string} */ (selected))
    if (index !== -1) return offered[index]
    throw nodeError(
      /** @type {any} */ (TypeError),
      'ERR_TLS_ALPN_CALLBACK_INVALID_RESULT',
      `ALPN callback returned a value (${selected}) that did not match any of the client's offered protocols (${protocols.join(', ')})`,
    )
  }
}

exports.ServerContexts = ServerContexts
