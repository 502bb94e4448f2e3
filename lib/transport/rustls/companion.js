'use strict'

// Node's own TLS beside the engine's, on one server: for streams that are no sockets of the system, and for material
// that only Node can use.

/** @typedef {import('node:tls').Server & { readonly handshakes: number }} NodeServer */

/**
 * Makes one of Node's servers.
 * @callback MakeNodeServer
 * @param {any} options Node's, see `tls.createServer`.
 * @param {import('../../protocol/limits').Bounds} bounds
 * @param {import('../../connection/connection').Owner & { open: (connection: import('../../connection/connection').Connection) => void }} owner
 * @param {{ guard: () => import('../../engine/binding').ServerGuard, idle: () => void }} beside Of the server that it
 *   stands beside: its guard, and what is called when no handshake is under way any more.
 * @returns {NodeServer}
 */

/** Events that Node's TLS does more for while somebody listens to them. */
const ON_DEMAND = ['keylog', 'OCSPRequest', 'newSession', 'resumeSession']

/** One of Node's servers that listens nowhere: its connections are handed to it. */
class Companion {
  #make
  #for
  /** There once it is needed. @type {NodeServer | null} */
  #server = null

  /**
   * @param {import('node:events').EventEmitter} server What it stands beside, and tells of.
   * @param {() => NodeServer} make With the contexts as they are then.
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
   * @param {(server: NodeServer) => void} change
   */
  follow(change) {
    if (this.#server !== null) change(this.#server)
  }

  /** @param {NodeServer} from */
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

exports.Companion = Companion
