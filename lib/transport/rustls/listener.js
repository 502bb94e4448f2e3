'use strict'

// What the engine has for a server: a socket that listens, or only room for connections that come from elsewhere. To
// Node's `net.Server` it is what a handle of libuv is.

const { isIP } = require('node:net')

const { bare } = require('../../host/bare')
const dispatch = require('../../engine/dispatch')
const errors = require('../../errors')
const { getEngine } = require('../../engine/engine')
const { nodeServer } = require('../../net/accepted')
const { itself, knowsItself } = require('../../host/itself')
const { Hold } = require('../../connection/event-loop-ref')
const { Peer } = require('./peer')

/**
 * What it does now.
 * - `accepting`: it listens, and the engine accepts.
 * - `yielded`: it listens, and Node accepts on its socket.
 * - `adopting`: it listens nowhere, and takes what is handed over.
 * - `closing`: it takes nothing any more; handshakes are under way.
 * - `closed`
 * @typedef {'accepting' | 'yielded' | 'adopting' | 'closing' | 'closed'} State
 */

/**
 * Where it listens.
 * @typedef {Pick<import('../../engine/binding').ListenSettings, 'address' | 'port' | 'backlog' | 'ipv6Only' | 'reusePort'>} Place
 */

/**
 * What its owner gives, and wants to be told.
 * @typedef {object} Owner
 * @property {import('./server-contexts').ServerContexts} contexts
 * @property {import('./server').Bounds} bounds
 * @property {import('../../engine/binding').ServerGuard} guard
 * @property {import('../../engine/binding').Tally} tally
 * @property {import('node:async_hooks').AsyncResource} resource Whose context its events run in.
 * @property {(peer: Peer) => void} connection Somebody has connected, before TLS.
 * @property {(id: number, signal: any) => void} hello Somebody says what he wants; to be answered.
 * @property {(id: number, remote: import('../../connection/connection-view').Endpoint | null) => boolean} admits Says whether somebody is wanted.
 * @property {(id: number, signal: any, peer: Peer | undefined) => void} secure A handshake is done; `peer` is to follow
 *   its connection, if it was told of.
 * @property {(signal: any) => void} clientError A handshake failed.
 * @property {() => void} closed
 */

/** How many connections may wait to be accepted, as in Node. */
const BACKLOG = 511

/** What Node says by its flags, which are those of libuv. */
const IPV6_ONLY = 1
const REUSE_PORT = 2

/**
 * @param {string | null} address Null for all.
 * @param {number | null} port
 * @param {number} backlog
 * @param {number} [flags]
 * @returns {Place}
 */
function placeOf(address, port, backlog, flags = 0) {
  return {
    address: address ?? undefined,
    port: port ?? 0,
    // It may be a numeric string.
    backlog: Number(backlog || BACKLOG) | 0,
    ipv6Only: (flags & IPV6_ONLY) !== 0,
    reusePort: (flags & REUSE_PORT) !== 0,
  }
}

/**
 * @param {Parameters<import('../../engine/binding').Engine['listen']>} args
 * @returns {import('../../engine/binding').Listening}
 */
function listen(...args) {
  return bare(getEngine().listen(...args))
}

/** One listening socket of the engine, or one place for connections of others. */
class Listener {
  #id
  #on
  /** @type {State} */
  #state
  #place
  #backlog
  #ipv6Only
  #hold = new Hold()
  /** What Node accepts by. @type {import('node:net').Server | null} */
  #node = null
  /** Those who were told of, by the engine's numbers, until their handshake is done. @type {Map<number, Peer>} */
  #peers = new Map()

  /**
   * @param {Owner} on
   * @param {Place | null} place Null for what listens nowhere.
   * @throws {Error} As Node emits it, where it cannot listen.
   */
  constructor(on, place) {
    knowsItself(this)
    const { contexts, bounds } = on
    const opened = listen(
      contexts.current,
      on.guard,
      bare({
        detached: place === null,
        port: 0,
        backlog: 0,
        ipv6Only: false,
        reusePort: false,
        ...place,
        handshakeTimeout: contexts.handshakeTimeout,
        probeDelay: contexts.ofConnections.probeDelay,
        ...bounds,
      }),
      on.tally,
    )
    if (opened.id === 0) {
      const { errno, code, port } = opened
      // As it was asked for: of an interface that is not there the engine knows no name.
      const address = place?.address ?? opened.address
      throw errors.fromEngine({ kind: 'system', syscall: 'listen', errno, code, address, port })
    }
    this.#id = opened.id
    this.#on = on
    this.#place = opened
    this.#backlog = place?.backlog ?? 0
    this.#ipv6Only = place?.ipv6Only ?? false
    this.#state = place === null ? 'adopting' : 'accepting'
    /** Whether there was no connection when it was closed, nor has come any since. */
    this.closesAlone = false
    // As libuv has it: what listens holds the process.
    if (place !== null) this.#hold.acquire()
    dispatch.register(this.#id, {
      resource: on.resource,
      line() {},
      signal: signal => this.#signal(signal),
      open: (id, signal) => this.#open(id, signal),
    })
    if (contexts.ofConnections.blockList !== undefined) getEngine().askPeers(this.#id, true)
    contexts.ask(this.#id)
  }

  get state() {
    return itself(this).#state
  }

  /** How many are in their handshake. */
  get handshakes() {
    return getEngine().handshakes(itself(this).#id)
  }

  /**
   * For `net.Server`.
   * @param {Record<string, any>} place Is told where it listens.
   */
  getsockname(place) {
    const { address = '', port } = itself(this).#place
    Object.assign(place, { address, family: isIP(address) === 6 ? 'IPv6' : 'IPv4', port })
    return 0
  }

  /** For `net.Server`. */
  ref() {
    itself(this).#hold.ref()
  }

  /** For `net.Server`. */
  unref() {
    itself(this).#hold.unref()
  }

  /** Takes no more. The port is free when this returns; handshakes under way go on. */
  close() {
    const self = itself(this)
    if (self.#state === 'closing' || self.#state === 'closed') return
    self.#state = 'closing'
    self.#hold.acquire()
    self.#node?.close()
    getEngine().closeListener(self.#id)
  }

  /**
   * Takes a connection that was accepted elsewhere: a duplicate of its descriptor.
   * @param {number} descriptor
   */
  adopt(descriptor) {
    getEngine().adopt(this.#id, descriptor)
  }

  /**
   * From now on Node accepts: on the socket that listens, or where the system has no descriptors on one in its place.
   * @param {(socket: import('node:net').Socket) => void} accept
   * @param {(error: Error) => void} failed
   */
  yieldToNode(accept, failed) {
    if (this.#state !== 'accepting') return
    const fd = getEngine().handOver(this.#id)
    const { address: host, port } = this.#place
    const place = fd === null ? { host, port, ipv6Only: this.#ipv6Only, exclusive: true } : { fd }
    this.#state = 'yielded'
    // What holds the process is our own hold.
    this.#node = nodeServer(accept).on('error', failed).listen(place, this.#backlog).unref()
  }

  /**
   * Has the handshakes to come use other contexts.
   * @param {import('./server-contexts').ServerContexts} contexts
   */
  use(contexts) {
    getEngine().setContext(this.#id, contexts.current)
    contexts.ask(this.#id)
  }

  /** @param {number} most Connections at a time; further ones are closed at once. */
  limit(most) {
    getEngine().setMaxConnections(this.#id, Math.max(0, Math.floor(Math.min(most, 0xffffffff))))
  }

  /**
   * What only matters to somebody who listens for it crosses from the engine only while there is one.
   * @param {{ failures: boolean, connections: boolean, keys: boolean }} wanted
   */
  report({ failures, connections, keys }) {
    getEngine().report(this.#id, failures, connections, keys)
  }

  /** @param {any} signal */
  #signal(signal) {
    switch (signal.type) {
      case 'clientError':
        this.#on.clientError(signal)
        return
      case 'listenerClosed':
        dispatch.forget(this.#id)
        this.#state = 'closed'
        this.#hold.release()
        this.#on.closed()
        return
      default:
        throw new TypeError(`unknown signal ${signal.type}`)
    }
  }

  /**
   * Something of a connection that has no TLS yet.
   * @param {number} id
   * @param {any} signal
   */
  #open(id, signal) {
    switch (signal.type) {
      case 'connection':
        if (!signal.asks || this.#on.admits(id, signal.remote)) this.#greet(id, signal)
        return
      case 'hello':
        this.#on.hello(id, signal)
        return
      case 'secure':
        this.#secure(id, signal)
        return
      case 'closed':
        this.#left(id, signal)
        return
      default:
        throw new TypeError(`unknown signal ${signal.type}`)
    }
  }

  /**
   * @param {number} id
   * @param {any} signal
   */
  #greet(id, signal) {
    const peer = new Peer(signal, () => getEngine().destroy(id))
    this.#peers.set(id, peer)
    dispatch.register(id, {
      resource: this.#on.resource,
      line() {},
      signal: next => this.#open(id, next),
    })
    this.#on.connection(peer)
  }

  /**
   * @param {number} id
   * @param {any} signal
   */
  #secure(id, signal) {
    const peer = this.#peers.get(id)
    // Its handshake was done before the engine heard that nobody wants it.
    if (peer?.destroyed) return
    this.#peers.delete(id)
    this.#on.secure(id, signal, peer)
  }

  /**
   * @param {number} id
   * @param {any} signal
   */
  #left(id, signal) {
    const peer = this.#peers.get(id)
    this.#peers.delete(id)
    dispatch.forget(id)
    peer?.hasClosed(signal.hadError)
  }
}

module.exports = { Listener, placeOf }
