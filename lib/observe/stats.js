'use strict'

// What a server or client counts, from when it was made. What happens for each message costs one addition; bytes and
// queues are the engine's anyway, and are added up when somebody asks.

const binding = require('../engine/binding')
const errors = require('../errors')
const outbox = require('../engine/outbox')
const { getEngine } = require('../engine/engine')
const { parseBare: parse } = require('../host/bare')

/** Reasons told apart. Peers cannot make it grow. */
const MAX_REASONS = 64

/** What further ones are counted as. */
const OTHER = 'other'

/** How often something happened, by its reason. */
class Reasons {
  /** Most stay without any. @type {Map<string, number> | null} */
  #counts = null
  total = 0

  /**
   * @param {string} reason
   * @param {number} [times]
   */
  add(reason, times = 1) {
    const counts = (this.#counts ??= new Map())
    const known = counts.has(reason) || counts.size < MAX_REASONS
    const name = known ? reason : OTHER
    counts.set(name, (counts.get(name) ?? 0) + times)
    this.total += times
  }

  /** @param {Reasons} others */
  addAll(others) {
    for (const [reason, times] of others.#counts ?? []) this.add(reason, times)
    return this
  }

  /** @returns {Record<string, number>} */
  toObject() {
    return Object.fromEntries(this.#counts ?? [])
  }
}

/** @typedef {{ buffered: () => number, waiting: () => number }} ExternalConnection A connection over Node's own TLS. */

/** The counters of one server or client. The fields are for those who see it happen. */
class Stats {
  /** What the engine counts for it. */
  tally = new binding.Tally()

  /** Attempts to connect, of a client. */
  attempts = 0
  reconnects = 0
  attemptFailures = new Reasons()

  /** Connections that ever were: of a server those with an id, of a client those whose TCP was up. */
  connections = 0
  handshakes = 0
  handshakeFailures = new Reasons()
  /** Connections closed at once by Node's own server because there were as many as there may be. */
  dropped = 0
  /** The same because of failed logins of their address. */
  barred = 0

  logins = 0
  refusals = 0
  /** Of those, the ones because `authenticate` failed. */
  undecided = 0
  /** Those logged in now. */
  loggedIn = 0

  messagesReceived = 0
  messagesSent = 0
  /** Those that nobody was told of: the connection was on its way out. */
  messagesDropped = 0
  /** Of connections over Node's own TLS; the engine counts those of its own. */
  bytesReceived = 0
  bytesSent = 0
  /** Connections over Node's own TLS, if there ever were any. @type {Set<ExternalConnection> | null} */
  #carriers = null

  requestsSent = 0
  requestsAnswered = 0
  /** Those answered by an error. */
  requestsFailed = 0
  requestsTimedOut = 0
  requestsAborted = 0
  requestsLost = 0

  /** Pings of the server that a client answered. */
  pongs = 0
  cuts = new Reasons()

  /**
   * @param {number} open Clients there are.
   * @param {number} pending Requests.
   * @returns {import('../../index').ServerStats}
   */
  ofServer(open, pending) {
    const native = getEngine().counts(this.tally)
    const { pingsSent: sent, pingsAnswered: answered, pingsMissed: missed } = native
    const failures = new Reasons().addAll(this.handshakeFailures)
    for (const { failure, count } of native.failedHandshakes) {
      failures.add(failureCode(parse(failure)), count)
    }
    const others = native.otherFailedHandshakes
    if (others > 0) failures.add(OTHER, others)
    return {
      connections: {
        open,
        loggedIn: this.loggedIn,
        total: this.connections,
        turnedAway: {
          maxConnections: native.overMost + this.dropped,
          maxFailedLogins: native.barred + this.barred,
        },
      },
      handshakes: this.#handshakes(failures),
      ...this.#traffic(native, pending),
      logins: { ...this.#logins(), undecided: this.undecided },
      pings: { sent, answered, missed },
    }
  }

  /**
   * @param {number} open Connections whose TCP is up.
   * @param {number} pending Requests.
   * @returns {import('../../index').ClientStats}
   */
  ofClient(open, pending) {
    const { attemptFailures: failed } = this
    return {
      attempts: {
        total: this.attempts,
        reconnects: this.reconnects,
        failed: failed.total,
        failures: failed.toObject(),
      },
      connections: { open, loggedIn: this.loggedIn, total: this.connections },
      handshakes: this.#handshakes(this.handshakeFailures),
      ...this.#traffic(getEngine().counts(this.tally), pending),
      pings: { answered: this.pongs },
    }
  }

  /** A connection over Node's own TLS begins. @param {ExternalConnection} carrier */
  carries(carrier) {
    this.#carriers ??= new Set()
    this.#carriers.add(carrier)
  }

  /** It is gone. @param {ExternalConnection} carrier */
  carriesNoMore(carrier) {
    this.#carriers?.delete(carrier)
  }

  #logins() {
    return { accepted: this.logins, refused: this.refusals }
  }

  /** @param {Reasons} failed */
  #handshakes(failed) {
    return { succeeded: this.handshakes, failed: failed.total, failures: failed.toObject() }
  }

  /**
   * What both have.
   * @param {import('../engine/binding').TallyCounts} native
   * @param {number} pending Requests.
   */
  #traffic(native, pending) {
    let { inbound, outbound } = native
    outbound += outbox.waiting(this)
    for (const carrier of this.#carriers ?? []) {
      inbound += carrier.waiting()
      outbound += carrier.buffered()
    }
    return {
      logins: this.#logins(),
      messages: {
        received: this.messagesReceived,
        sent: this.messagesSent,
        dropped: this.messagesDropped,
      },
      bytes: {
        received: native.read + this.bytesReceived,
        sent: native.written + this.bytesSent,
      },
      queued: { inbound, outbound },
      requests: {
        sent: this.requestsSent,
        answered: this.requestsAnswered,
        failed: this.requestsFailed,
        timedOut: this.requestsTimedOut,
        aborted: this.requestsAborted,
        lost: this.requestsLost,
        pending,
      },
      cuts: { total: this.cuts.total, reasons: this.cuts.toObject() },
    }
  }
}

/**
 * @param {any} error Whatever somebody gave as one.
 * @returns {string} What it is counted as.
 */
function codeOf(error) {
  return typeof error?.code === 'string' ? error.code : 'ERROR'
}

/**
 * @param {import('../errors').EngineError} failure Of a handshake.
 * @returns {string} What it is counted as.
 */
function failureCode(failure) {
  // The error of a refused client is that of one that went away.
  return failure.kind === 'refused' ? (failure.code ?? OTHER) : codeOf(errors.fromEngine(failure))
}

module.exports = { Stats, codeOf }
