'use strict'

// What a server answers to a ClientHello: with the context of its options, or of addContext; and which protocol.

const tls = require('node:tls')
const contexts = require('./contexts')
const { getEngine } = require('../../engine/engine')
const { nodeError } = require('../../errors')
const { whyNode } = require('../../tls/node-only')
const { additionPlan, renewalPlan } = require('../../tls/plan')
const { canProve } = require('../../tls/proof')

/** @typedef {import('../../tls/server-material').ServerMaterial} ServerMaterial */
/** @typedef {InstanceType<typeof import('../../engine/binding').ServerContext>} Native */
/** @typedef {import('../../tls/server-material').AddedMaterial} AddedMaterial */

/** @typedef {{ requestCert: boolean, rejectUnauthorized: boolean }} Rules */

/**
 * A context for some names.
 * @typedef {object} Added
 * @property {string} hostname As it was given.
 * @property {RegExp} names
 * @property {import('node:tls').SecureContext} context Node's own.
 * @property {AddedMaterial | null} material Null where only Node's own TLS can use it.
 * @property {Native | null} native Made when a client first asks for it.
 */

/**
 * What can be changed of a server's contexts.
 * @typedef {object} State
 * @property {ServerMaterial} material The last that the engine could use.
 * @property {Native | null} native Of the material.
 * @property {{ options: any, nodeOnly: boolean } | null} renewal Of the last `setSecureContext`.
 * @property {Rules | null} rules Of the last `setOptions`.
 * @property {readonly Added[]} added
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

/** The contexts of one server. A change gives others, so that one that fails leaves everything as it was. */
class ServerContexts {
  /** @type {State} */
  #state
  /** @type {((offer: { servername: string | false, protocols: string[] }) => unknown) | undefined} */
  #alpnCallback

  /**
   * @param {any} options Node's, see `tls.createServer`.
   * @param {State} state
   */
  constructor(options, state) {
    this.#state = state
    this.#alpnCallback = options?.ALPNCallback || undefined
    this.options = options
  }

  /**
   * @param {any} options Node's, see `tls.createServer`.
   * @param {ServerMaterial} material Of the options.
   */
  static of(options, material) {
    const state = { material, native: null, renewal: null, rules: null, added: [] }
    return new ServerContexts(options, state)
  }

  /** Milliseconds. */
  get handshakeTimeout() {
    return this.#state.material.handshakeTimeout
  }

  /** What is made of connections. */
  get ofConnections() {
    return this.#state.material.ofConnections
  }

  /** Whether only Node's own TLS can use all that was given. */
  get needNode() {
    const { renewal, added } = this.#state
    return renewal?.nodeOnly === true || added.some(({ material }) => material === null)
  }

  /** Whether a client could find out, by a certificate for one, that this is the server it wants. */
  get canProve() {
    const { renewal, added } = this.#state
    return added.length > 0 || canProve(renewal === null ? this.options : renewal.options)
  }

  /** The engine's context for clients that ask for no name of `add`. */
  get current() {
    const state = this.#state
    state.native ??= contexts.server(state.material)
    return state.native
  }

  /**
   * With other keys and rules, for the handshakes to come.
   * @param {any} options As for `tls.Server.setSecureContext`.
   * @returns {ServerContexts}
   * @throws {Error} Node's own
   */
  renewed(options) {
    const state = this.#state
    const plan = renewalPlan(state.material, options)
    const nodeOnly = plan.transport === 'node'
    return new ServerContexts(this.options, {
      ...state,
      ...(nodeOnly ? null : { material: plan.material, native: contexts.server(plan.material) }),
      renewal: { options: { ...options }, nodeOnly },
      added: state.added.map(added => ({ ...added, native: null })),
    })
  }

  /**
   * With other rules on certificates of clients, for the handshakes to come.
   * @param {Rules} rules
   * @returns {ServerContexts}
   */
  ruled(rules) {
    const state = this.#state
    const { requestCert } = rules
    const renewal = state.renewal ?? { options: {}, nodeOnly: false }
    const wanted = { ...this.options, ...renewal.options, requestCert }
    const nodeOnly = whyNode(wanted, 'server') !== null
    return new ServerContexts(this.options, {
      ...state,
      material: { ...state.material, ...rules },
      native: null,
      rules,
      added: state.added.map(added => ({ ...added, native: null })),
      ...(nodeOnly && { renewal: { ...renewal, nodeOnly } }),
    })
  }

  /**
   * With one more context, for some names.
   * @param {any} hostname Where `*` stands for one label, or a part of it.
   * @param {any} options As for `tls.createSecureContext`, or its result, which only Node can look into.
   * @returns {ServerContexts}
   * @throws {Error} Node's own
   */
  with(hostname, options) {
    const isContext = options instanceof secureContextClass()
    const context = isContext || !hostname ? options : tls.createSecureContext(options)
    // It looks at the name.
    tls.createServer().addContext(hostname, context)
    const plan = isContext ? null : additionPlan(options)
    const added = {
      hostname,
      names: namesLike(hostname),
      context,
      material: plan?.transport === 'rustls' ? plan.material : null,
      native: null,
    }
    return new ServerContexts(this.options, {
      ...this.#state,
      added: [...this.#state.added, added],
    })
  }

  /**
   * Gives one of Node's servers all that was given since the beginning.
   * @param {tls.Server} server Made of the same options.
   */
  applyTo(server) {
    const { renewal, rules, added } = this.#state
    Object.assign(server, rules)
    if (renewal !== null) server.setSecureContext(renewal.options)
    for (const { hostname, context } of added) server.addContext(hostname, context)
  }

  /**
   * Says to the engine which clients wait for `answer`.
   * @param {number} listener
   */
  ask(listener) {
    getEngine().ask(listener, this.#state.added.length > 0, this.#alpnCallback !== undefined)
  }

  /**
   * Answers a connection, before its handshake.
   * @param {number} id The engine's number of it.
   * @param {import('../../connection/connection-view').Endpoint | null} remote For TCP.
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
    const { added, material } = this.#state
    const found = serverName && added.findLast(({ names }) => names.test(serverName))
    if (!found) return this.current
    // As in OpenSSL: what was added decides on certificates, the server on all the rest.
    found.native ??= contexts.server({ ...material, ...found.material })
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
