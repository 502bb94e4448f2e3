'use strict'

// A request to all who are in some rooms, wherever they are, and their answers one by one.

const errors = require('./errors')
const { answerOf } = require('./answers')
const { kinds } = require('./wire')
const { Poll } = require('./poll')
const { Results } = require('./results')

/** @typedef {import('../errors').CodedError} CodedError */
/** @typedef {import('./wire').Header} Header */
/** @typedef {{ id: string | null, node: string, answer?: any, error?: any }} Result */

/** What one node has told. */
class Part {
  /** Who was asked there and has not answered, by the id that they have there. @type {Set<number>} */
  waiting = new Set()
  /** Whether it has said all of whom it asks. */
  knowsAll = false

  get done() {
    return this.knowsAll && this.waiting.size === 0
  }
}

/** @typedef {import('./poll').Handler} Handler */

/** One such request. @implements {Handler} */
class Survey {
  #node
  /** @type {Map<string, Part>} */
  #parts = new Map()
  #here = new Part()
  /** Gives up what clients of this node were asked. */
  #controller = new AbortController()
  #poll
  /** @type {Results<Result>} */
  results

  /** @param {import('./node').Node} node */
  constructor(node) {
    this.#node = node
    this.results = new Results(() => this.#abandon())
    this.#poll = new Poll(node, this, id => this.#drop(id))
    this.#parts.set(node.id, this.#here)
  }

  /**
   * @param {{ rooms: readonly string[], except: ReadonlySet<string> }} audience
   * @param {string} text Of an object.
   * @param {import('./calls').Limits} limits
   * @throws {CodedError} If nobody was asked.
   */
  ask({ rooms, except }, text, limits) {
    const { calls, channels, link, uplink } = this.#node
    const time = limits.timeout === Infinity ? undefined : limits.timeout
    calls.open(this.#poll, limits)
    const fields = { id: this.#poll.id, act: 'ask', rooms, except: [...except], time }
    const error = uplink.publish(channels.all, kinds.CALL, fields, text)
    if (error?.code === errors.codes.MESSAGE_TOO_LONG) {
      calls.close(this.#poll)
      throw error
    }
    const ids = [...link.idsIn(rooms, this.#node.localsOf(except))]
    this.#here.waiting = new Set(ids)
    this.#here.knowsAll = true
    for (const id of ids) this.#askHere(id, text)
    // The clients of this node are asked all the same.
    if (error !== null) this.#poll.disconnected(() => error)
    if (this.#here.done) this.#poll.doneHere()
  }

  /** @type {import('./poll').Handler['reply']} */
  reply({ from, of, who, more }, payload) {
    const part = this.#partOf(from)
    if (who !== undefined) {
      for (const id of who) part.waiting.add(id)
      if (more !== true) part.knowsAll = true
    } else if (of !== undefined && part.waiting.delete(of)) {
      this.#answered(from, of, payload)
    }
    return part.done
  }

  /** @type {import('./poll').Handler['fail']} */
  fail({ from, of }, error) {
    const part = this.#partOf(from)
    if (of === undefined) {
      this.missing(from, error)
      return true
    }
    if (part.waiting.delete(of)) {
      this.results.push({ id: `${from}:${of}`, node: from, error })
    }
    return part.done
  }

  /** @type {import('./poll').Handler['missing']} */
  missing(node, error) {
    const part = this.#partOf(node)
    for (const id of part.waiting) this.results.push({ id: `${node}:${id}`, node, error })
    if (!part.knowsAll) this.results.push({ id: null, node, error })
    part.waiting.clear()
  }

  /** @type {import('./poll').Handler['done']} */
  done(error, outcome) {
    this.#controller.abort()
    this.results.end(outcome === 'aborted' ? error : undefined)
  }

  /**
   * @param {number} id Of a client of this node.
   * @param {string} text
   */
  #askHere(id, text) {
    const { signal } = this.#controller
    // The time is that of the whole.
    const asked = this.#node.link.request(id, text, { timeout: Infinity, signal })
    if (asked === null) this.#toldHere(id, { error: errors.notConnected(false) })
    else {
      asked.then(
        answer => this.#toldHere(id, { answer }),
        error => this.#toldHere(id, { error: errors.ofRequest(error) }),
      )
    }
  }

  /**
   * @param {number} id
   * @param {{ answer: any } | { error: any }} what
   */
  #toldHere(id, what) {
    if (!this.#here.waiting.delete(id)) return
    this.results.push({ id: this.#node.idOf(id), node: this.#node.id, ...what })
    if (this.#here.done) this.#poll.doneHere()
  }

  /**
   * @param {string} node
   * @param {number} local
   * @param {string} payload
   */
  #answered(node, local, payload) {
    const id = `${node}:${local}`
    this.results.push({ id, node, ...answerOf(node, payload) })
  }

  /** @param {string} node */
  #partOf(node) {
    let part = this.#parts.get(node)
    if (part === undefined) this.#parts.set(node, (part = new Part()))
    return part
  }

  /** Nobody wants the rest. */
  #abandon() {
    this.#here.waiting.clear()
    this.#controller.abort()
    this.#node.calls.close(this.#poll)
    this.#drop(this.#poll.id)
  }

  /** @param {number} id */
  #drop(id) {
    // Who does not get it answers in vain.
    this.#node.uplink.publish(this.#node.channels.all, kinds.DROP, { id })
  }
}

exports.Survey = Survey
