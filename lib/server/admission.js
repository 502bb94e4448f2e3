'use strict'

// Whether a client is authenticated: by the password, by the program's own `authenticate`, or by both.

const { bare, own } = require('../host/bare')
const errors = require('../errors')
const invalid = require('../errors/invalid')
const login = require('../protocol/login')
const { clearTimeout, nextTick, setTimeout } = require('../host/host')

/** @typedef {import('../connection/connection').Connection} Connection */

/** What is longer Node's timers take for no time at all. */
const LONGEST_TIMER = 0x7fffffff

/**
 * What comes of a login line.
 * @typedef {object} Outcome
 * @property {import('../engine/engine').LoginResult} result
 * @property {any} [user] Who it is that was authenticated, where `authenticate` says so.
 * @property {{ error: any }} [failure] Where it could not say.
 */

/** Who is being asked about, and until when. */
class Question {
  #controller = new AbortController()
  /** @type {NodeJS.Timeout | null} */
  #timer = null

  /**
   * @param {Connection} connection
   */
  constructor(connection) {
    this.connection = connection
  }

  /**
   * What `authenticate` gets beside the credential.
   * @returns {{ socket: object, certificate: import('node:crypto').X509Certificate | undefined, signal: AbortSignal }}
   */
  details() {
    const { socket } = this.connection
    const { signal } = this.#controller
    return {
      socket,
      // Not read for who does not ask for it.
      get certificate() {
        return socket.authorized ? socket.getPeerX509Certificate() : undefined
      },
      signal,
    }
  }

  /**
   * @param {number} ms 0 for no limit.
   * @param {() => void} over
   */
  limit(ms, over) {
    // What holds the process is the connection.
    if (ms > 0) this.#timer = setTimeout(over, Math.min(ms, LONGEST_TIMER)).unref()
  }

  /** It has an answer. */
  end() {
    if (this.#timer !== null) clearTimeout(this.#timer)
  }

  /**
   * Nobody waits for the answer any more.
   * @param {Error} reason
   */
  drop(reason) {
    this.end()
    this.#controller.abort(reason)
  }
}

/** Judges logins. What it holds is about those whose answer is awaited. */
class Admission {
  #authenticate
  #timeout
  #answer
  /** @type {Map<Connection, Question>} */
  #questions = new Map()

  /**
   * @param {unknown} authenticate The program's, if it has one.
   * @param {number} timeout Milliseconds for it; 0 for no limit.
   * @param {(connection: Connection, value: any, outcome: Outcome) => void} answer What an answer that was waited for is
   *   handed to.
   */
  constructor(authenticate, timeout, answer) {
    if (authenticate !== undefined && typeof authenticate !== 'function') {
      throw invalid.option('authenticate', authenticate, 'a function')
    }
    this.#authenticate = authenticate
    this.#timeout = timeout
    this.#answer = answer
  }

  /** Whether the program decides by a function. */
  get asks() {
    return this.#authenticate !== undefined
  }

  /**
   * Judges a login line.
   * @param {Connection} connection
   * @param {any} value What it holds.
   * @param {unknown} password The server's, as it is now; beside `authenticate` it counts where there is one.
   * @returns {Outcome | null} Null where the answer follows.
   */
  judge(connection, value, password) {
    if (this.#authenticate === undefined) return { result: login.judge(value, password) }
    const result = password === undefined && value ? login.ACCEPT : login.judge(value, password)
    return result === login.ACCEPT ? this.#ask(connection, value) : { result }
  }

  /**
   * The client has ended its side, while it is being judged or otherwise.
   * @param {Connection} connection
   */
  left(connection) {
    if (this.#drop(connection)) connection.socket.destroy()
  }

  /**
   * The connection is gone.
   * @param {Connection} connection
   */
  closed(connection) {
    this.#drop(connection)
  }

  /**
   * @param {Connection} connection
   * @param {any} value
   * @returns {Outcome | null}
   */
  #ask(connection, value) {
    const question = new Question(connection)
    let answer
    try {
      answer = /** @type {Function} */ (this.#authenticate)(
        own(value, 'password'),
        question.details(),
      )
      if (typeof answer?.then !== 'function') return outcomeOf(answer)
    } catch (error) {
      return failed(error)
    }
    this.#questions.set(connection, question)
    question.limit(this.#timeout, () => this.#isLate(question, value))
    // In a tick of its own: what a listener of 'authenticated' throws is no rejection of a promise of ours.
    Promise.resolve(answer).then(
      user => nextTick(() => this.#settle(question, value, outcomeOf(user))),
      error => nextTick(() => this.#settle(question, value, failed(error))),
    )
    return null
  }

  /**
   * @param {Question} question
   * @param {any} value
   */
  #isLate(question, value) {
    const error = errors.authenticateTimeout(this.#timeout)
    this.#settle(question, value, failed(error))
    question.drop(error)
  }

  /**
   * An answer has come, perhaps too late.
   * @param {Question} question
   * @param {any} value
   * @param {Outcome} outcome
   */
  #settle(question, value, outcome) {
    const { connection } = question
    if (this.#questions.get(connection) !== question) return
    this.#questions.delete(connection)
    question.end()
    connection.resource.runInAsyncScope(this.#answer, undefined, connection, value, outcome)
  }

  /**
   * @param {Connection} connection
   * @returns {boolean} Whether it was being judged.
   */
  #drop(connection) {
    const question = this.#questions.get(connection)
    if (question === undefined) return false
    this.#questions.delete(connection)
    question.drop(errors.connectionLost())
    return true
  }
}

/**
 * @param {any} user As `authenticate` says it.
 * @returns {Outcome}
 */
function outcomeOf(user) {
  return user ? bare({ result: login.ACCEPT, user }) : { result: login.REFUSE }
}

/**
 * @param {any} error
 * @returns {Outcome}
 */
function failed(error) {
  return { result: login.REFUSE, failure: { error } }
}

module.exports = { Admission }
