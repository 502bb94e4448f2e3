'use strict'

// What can be seen of a cluster from outside: the diagnostics channels, and what NODE_DEBUG=tls-json writes. None of it holds
// text of a message.

const { channel } = require('node:diagnostics_channel')
const { debuglog } = require('node:util')

const warnings = require('../errors/warnings')
const { bare } = require('../host/bare')

/** Nothing is made for a channel without subscribers. docs/reference/cluster.md says what each message holds. */
const channels = Object.freeze({
  up: channel('tls-json:cluster:up'),
  down: channel('tls-json:cluster:down'),
  nodeUp: channel('tls-json:cluster:node-up'),
  nodeDown: channel('tls-json:cluster:node-down'),
  /** Also where nobody listens for 'error'. */
  error: channel('tls-json:cluster:error'),
  /** A request to a client of another node is sent. */
  requestStart: channel('tls-json:cluster:request-start'),
  /** It was answered, or given up. */
  requestSettle: channel('tls-json:cluster:request-settle'),
  /** A request of another node is passed on to a client of this one. */
  serveStart: channel('tls-json:cluster:serve-start'),
  /** It needs no answer of that client any more. */
  serveEnd: channel('tls-json:cluster:serve-end'),
})

/** @typedef {import('./wire').Header} Header */
/** @typedef {import('node:diagnostics_channel').Channel} Channel */

const debug = debuglog('tls-json')

/**
 * The id of a request, at both nodes.
 * @param {string} from
 * @param {number} id
 * @returns {string}
 */
function requestId(from, id) {
  return `${from}#${id}`
}

/** Sees what one node does. */
class Observer {
  #cluster
  #name
  #stats

  /**
   * @param {object} cluster
   * @param {string} id
   * @param {import('./stats').Stats} stats
   */
  constructor(cluster, id, stats) {
    this.#cluster = cluster
    this.#name = `cluster ${id}`
    this.#stats = stats
  }

  up() {
    this.#stats.broker.up++
    debug('%s: the broker is connected', this.#name)
    this.#publish(channels.up, {})
  }

  /** @param {any} error */
  down(error) {
    this.#stats.broker.down++
    debug('%s: the broker is lost, %s', this.#name, error?.code ?? error?.message)
    this.#publish(channels.down, { error })
  }

  /** @param {{ id: string }} node */
  nodeUp(node) {
    this.#stats.nodes.up++
    debug('%s: node %s is there', this.#name, node.id)
    this.#publish(channels.nodeUp, { node })
  }

  /**
   * @param {{ id: string }} node
   * @param {'left' | 'gone' | 'silent'} reason
   */
  nodeDown(node, reason) {
    this.#stats.nodes[reason]++
    debug('%s: node %s is down, %s', this.#name, node.id, reason)
    this.#publish(channels.nodeDown, { node, reason })
  }

  /**
   * @param {string | undefined} id Of a client, where it is about one.
   * @param {any} error
   * @param {boolean} isHeard Whether somebody listens for it.
   */
  failed(id, error, isHeard) {
    this.#stats.errors.total++
    if (!isHeard) {
      this.#stats.errors.unheard++
      warnings.unheardCluster(error)
    }
    debug('%s: %s%s', this.#name, error?.code ?? error?.message, id === undefined ? '' : `, ${id}`)
    this.#publish(channels.error, { id, error })
  }

  /**
   * @param {string} node Which has sent it.
   * @param {number} call
   * @param {string} id The client.
   */
  requested(node, call, id) {
    this.#stats.requests.sent++
    this.#note(channels.requestStart, { requestId: requestId(node, call), id }, 'request')
  }

  /**
   * @param {string} node
   * @param {number} call
   * @param {string} id
   * @param {import('./calls').Outcome} outcome
   * @param {number} duration
   */
  settled(node, call, id, outcome, duration) {
    const { requests } = this.#stats
    requests[outcome === 'timeout' ? 'timedOut' : outcome]++
    const message = { requestId: requestId(node, call), id, outcome, duration }
    this.#note(channels.requestSettle, message, 'request settled')
  }

  /** @param {Header} header */
  serve({ from, id, to }) {
    this.#note(channels.serveStart, { requestId: requestId(from, id), id: to }, 'request for')
  }

  /** @param {Header} header */
  served({ from, id, to }) {
    this.#note(channels.serveEnd, { requestId: requestId(from, id), id: to }, 'request done for')
  }

  /**
   * @param {Channel} to
   * @param {{ requestId: string, id: string | number, outcome?: string }} message
   * @param {string} what
   */
  #note(to, message, what) {
    if (debug.enabled) {
      const { id, outcome = '' } = message
      debug('%s: %s, %s, client %s %s', this.#name, what, message.requestId, id, outcome)
    }
    this.#publish(to, message)
  }

  /**
   * @param {Channel} to
   * @param {object} message
   */
  #publish(to, message) {
    if (!to.hasSubscribers) return
    // Not to be listed, for it leads to the server, and to its password.
    Object.defineProperty(message, 'cluster', bare({ value: this.#cluster }))
    to.publish(message)
  }
}

exports.Observer = Observer
