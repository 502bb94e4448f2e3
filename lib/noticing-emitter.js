'use strict'

const EventEmitter = require('node:events')
const { itself, knowsItself } = require('./itself')

/** An EventEmitter that notices when somebody begins to listen, or no longer does. */
class NoticingEmitter extends EventEmitter {
  #notice

  /** @param {() => void} notice Called after each listener that was added or taken away. */
  constructor(notice) {
    super()
    knowsItself(this)
    this.#notice = notice
  }

  /**
   * @param {string | symbol} event
   * @param {(...args: any[]) => void} listener
   */
  on(event, listener) {
    return this.addListener(event, listener)
  }

  /**
   * @param {string | symbol} event
   * @param {(...args: any[]) => void} listener
   */
  addListener(event, listener) {
    super.addListener(event, listener)
    itself(this).#notice()
    return this
  }

  /**
   * @param {string | symbol} event
   * @param {(...args: any[]) => void} listener
   */
  prependListener(event, listener) {
    super.prependListener(event, listener)
    itself(this).#notice()
    return this
  }

  /**
   * @param {string | symbol} event
   * @param {(...args: any[]) => void} listener
   */
  removeListener(event, listener) {
    super.removeListener(event, listener)
    itself(this).#notice()
    return this
  }

  /**
   * @param {string | symbol} event
   * @param {(...args: any[]) => void} listener
   */
  off(event, listener) {
    return this.removeListener(event, listener)
  }

  /** @param {string | symbol} [event] */
  removeAllListeners(event) {
    if (event === undefined) super.removeAllListeners()
    else super.removeAllListeners(event)
    itself(this).#notice()
    return this
  }
}

exports.NoticingEmitter = NoticingEmitter
