'use strict'

const EventEmitter = require('node:events')

const dispatch = require('../engine/dispatch')

/** Listeners taken away from those who notice it. */
let removed = 0

/**
 * Has emitters notice when a listener is taken away. One that is to be called once is, right before it is called.
 * @param {EventEmitter} prototype Of their class.
 */
function noticesRemoval(prototype) {
  /**
   * @this {EventEmitter}
   * @param {string | symbol} event
   * @param {(...args: any[]) => void} listener
   */
  function removeListener(event, listener) {
    removed++
    return EventEmitter.prototype.removeListener.call(this, event, listener)
  }
  const property = { value: removeListener, writable: true, configurable: true }
  Object.defineProperties(prototype, { removeListener: property, off: property })
}

/**
 * Has emitters notice when somebody begins to listen for an event.
 * @param {EventEmitter} prototype Of their class.
 * @param {string} event
 * @param {(emitter: EventEmitter) => void} noticed
 */
function noticesListeners(prototype, event, noticed) {
  for (const method of /** @type {const} */ (['addListener', 'on', 'prependListener'])) {
    /**
     * @this {EventEmitter}
     * @param {string | symbol} name
     * @param {(...args: any[]) => void} listener
     */
    const value = function (name, listener) {
      if (name === event) noticed(this)
      return EventEmitter.prototype[method].call(this, name, listener)
    }
    Object.defineProperty(prototype, method, { value, writable: true, configurable: true })
  }
}

/**
 * What came of a connection and is not handed on yet, in order.
 * @typedef {object} Kept
 * @property {boolean} [passes] Whether it is handed on although the user holds back what is received.
 * @property {boolean} [owed] Whether it is something the peer said, for which even the end of the connection waits.
 * @property {() => void} act Hands it on.
 */

/** In the place of one that is not kept any more. @type {Kept} */
const GONE = { act() {} }

/**
 * The events of one connection that wait: until the user resumes, or until the promise continuations of what came before
 * have run. Whoever writes `await once(client, 'message')` in a loop, or pauses behind an answer, shall miss nothing.
 */
class PausedEvents {
  /** Whether the user holds back what is received. */
  paused = false
  /** @type {Kept[]} */
  #kept = []
  /** Where those begin that are still kept: to take thousands out one by one must not move all the others each time. */
  #first = 0
  /** How many are kept that no pause holds back. */
  #passing = 0
  /** The turn in which something was handed on whose continuations come before anything else. */
  #settledIn = -1
  /** Whether the dispatcher has been asked to go on here. */
  #asked = false

  /** @param {import('node:async_hooks').AsyncResource} resource Whose context the events run in. */
  constructor(resource) {
    this.resource = resource
  }

  /** Whether what comes now has to be kept, so that nothing is overtaken. */
  get wait() {
    return this.paused || this.#keeps()
  }

  /** Whether something is kept that the peer said. */
  get owes() {
    for (let at = this.#first; at < this.#kept.length; at++) if (this.#kept[at].owed) return true
    return false
  }

  #keeps() {
    return this.#first < this.#kept.length
  }

  /** Whether promise continuations are to run before what is no answer. */
  get settling() {
    return this.#settledIn === dispatch.currentTurn()
  }

  /**
   * Emits an event. Where it uses up a listener, as `events.once` has them, whoever waited for it may attach the next one
   * before more is handed on.
   * @param {EventEmitter} emitter One that {@link noticesRemoval}.
   * @param {string} event
   * @param {any} a Its arguments, as many as there are: a list of them would cost a tenth of what a short message does.
   * @param {any} [b]
   * @param {any} [c]
   */
  emit(emitter, event, a, b, c) {
    const before = removed
    switch (arguments.length) {
      case 3:
        emitter.emit(event, a)
        break
      case 4:
        emitter.emit(event, a, b)
        break
      default:
        emitter.emit(event, a, b, c)
    }
    if (removed !== before) this.settled()
  }

  /** Something was handed on that promise continuations follow. What comes next waits for them. */
  settled() {
    this.#settledIn = dispatch.currentTurn()
  }

  /**
   * Keeps what may not be handed on yet.
   * @param {Kept} event
   */
  keep(event) {
    this.#kept.push(event)
    if (event.passes) this.#passing++
    if (this.settling) this.#ask()
  }

  /** Whether a signal, which no pause of the user's holds back, comes behind what only waits for promise continuations. */
  get delays() {
    return this.#asked && this.#keeps()
  }

  /** Nobody wants what the peer said. Signals still go their way. */
  clear() {
    if (!this.#keeps()) return
    this.#kept = this.#kept.slice(this.#first).filter(({ passes }) => passes)
    this.#first = 0
  }

  /** Hands on, in order, what need not wait any longer. If a listener throws, the rest follows in a later turn. */
  proceed() {
    this.#asked = false
    for (;;) {
      const next = this.#next()
      if (next === undefined) return
      if (this.settling) break
      let done = false
      try {
        // It stays in the list while it is under way, so that nothing overtakes it.
        next.act()
        done = true
      } finally {
        this.#remove(next)
        if (!done) this.#ask()
      }
    }
    this.#ask()
  }

  /** What is to be handed on next, if anything is. */
  #next() {
    if (!this.paused) return this.#kept[this.#first]
    return this.#passing === 0 ? undefined : this.#kept.find(({ passes }) => passes)
  }

  /** @param {Kept} event One that {@link clear} may have taken away since. */
  #remove(event) {
    const at = this.#kept.indexOf(event, this.#first)
    if (at < 0) return
    if (event.passes) this.#passing--
    if (at > this.#first) this.#kept.splice(at, 1)
    else this.#kept[this.#first++] = GONE
    if (2 * this.#first < this.#kept.length) return
    this.#kept.splice(0, this.#first)
    this.#first = 0
  }

  #ask() {
    if (this.#asked) return
    this.#asked = true
    dispatch.afterContinuations(this)
  }
}

module.exports = { PausedEvents, noticesListeners, noticesRemoval }
