'use strict'

// Node's own TLS beside the engine's, on one server: for streams that are no sockets of the system, and for material
// that only Node can use.

const { NodeTlsServer } = require('./node-tls-server')

/** @typedef {NonNullable<ConstructorParameters<typeof NodeTlsServer>[3]>} Beside */

/** Events that Node's TLS does more for while somebody listens to them. */
const ON_DEMAND = ['keylog', 'OCSPRequest', 'newSession', 'resumeSession']

/** One of Node's servers that listens nowhere: its connections are handed to it. */
class Companion {
  #make
  #for
  /** There once it is needed. @type {NodeTlsServer | null} */
  #server = null

  /**
   * @param {import('node:events').EventEmitter} server What it stands beside, and tells of.
   * @param {() => NodeTlsServer} make With the contexts as they are then.
   */
  constructor(server, make) {
    this.#for = server
    this.#make = make
  }

  /** How many handshakes are under way. */
  get handshakes() {
    return this.#server?.handshakes ?? 0
  }

  /** @param {any} stream A connection, before its handshake. */
  take(stream) {
    this.#server ??= this.#make()
    this.#passOn(this.#server)
    this.#server.emit('connection', stream)
  }

  /**
   * Follows what changes on the server it stands beside.
   * @param {(server: NodeTlsServer) => void} change
   */
  follow(change) {
    if (this.#server !== null) change(this.#server)
  }

  /** @param {NodeTlsServer} from */
  #passOn(from) {
    for (const event of ON_DEMAND) {
      const wanted = this.#for.listenerCount(event) > 0
      if (wanted === from.listenerCount(event) > 0) continue
      if (!wanted) from.removeAllListeners(event)
      else {
        from.on(event, (/** @type {any[]} */ ...args) => {
          // Who was to answer may have gone; the handshake goes on all the same.
          if (!this.#for.emit(event, ...args) && event !== 'keylog') args.at(-1)(null, null)
        })
      }
    }
  }
}

/**
 * @param {import('node:events').EventEmitter} server What it stands beside, and tells of.
 * @param {import('./server-contexts').ServerContexts} contexts
 * @param {import('./tls-server').Bounds} bounds
 * @param {Beside & { owner: ConstructorParameters<typeof NodeTlsServer>[2] }} beside
 * @returns {NodeTlsServer}
 */
function companionOf(server, contexts, bounds, { owner, ...beside }) {
  const companion = new NodeTlsServer(contexts.options, bounds, owner, beside)
  contexts.applyTo(companion)
  companion.on('secureConnection', socket => server.emit('secureConnection', socket))
  companion.on('tlsClientError', (...args) => server.emit('tlsClientError', ...args))
  return companion
}

module.exports = { Companion, companionOf }
