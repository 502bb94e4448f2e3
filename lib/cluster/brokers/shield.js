'use strict'

const { nextTick } = require('../../host/host')

/** @typedef {import('../../../types/cluster-broker').BrokerEvents} BrokerEvents */

/**
 * A listener, so that nothing is thrown into a broker client: its parser would stop, or read on at a wrong place. What a
 * listener throws is uncaught, as it is on any emitter.
 *
 * @template {unknown[]} A
 * @param {() => boolean} isOpen
 * @param {(...args: A) => void} call
 * @returns {(...args: A) => void}
 */
function shielded(isOpen, call) {
  return (...args) => {
    if (!isOpen()) return
    try {
      call(...args)
    } catch (err) {
      nextTick(() => {
        throw err
      })
    }
  }
}

/**
 * @param {BrokerEvents} events
 * @param {() => boolean} isOpen what is closed tells nothing
 * @returns {Required<BrokerEvents>}
 */
function shield(events, isOpen) {
  return {
    message: shielded(isOpen, (channel, text, tag) => events.message(channel, text, tag)),
    up: shielded(isOpen, () => events.up()),
    down: shielded(isOpen, error => events.down(error)),
    undelivered: shielded(isOpen, (tag, channel) => events.undelivered(tag, channel)),
    drain: shielded(isOpen, () => events.drain()),
    error: shielded(isOpen, (error, channel) => events.error?.(error, channel)),
  }
}

module.exports = { shield }
