'use strict'

const net = require('node:net')

const { itself, knowsItself } = require('../../host/itself')

/** A server of Node's that notices when somebody begins to listen to its events, or no longer does. */
class NoticingServer extends net.Server {
  #notice

  /**
   * @param {net.ServerOpts} options
   * @param {() => void} notice Called after each listener that was added or taken away.
   */
  constructor(options, notice) {
    super(options)
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
    super.addListener(/** @type {any} */ (event), listener)
    itself(this).#notice()
    return this
  }

  /**
   * @param {string | symbol} event
   * @param {(...args: any[]) => void} listener
   */
  prependListener(event, listener) {
    super.prependListener(/** @type {any} */ (event), listener)
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

exports.NoticingServer = NoticingServer
