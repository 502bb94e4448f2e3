'use strict'

const { setImmediate } = require('../host/host')

/**
 * What is told of one connection. The rule: state is settled first, in full; then it is told, listener by listener.
 * What a listener throws so leaves nothing undone, and what was still to be told follows in a later turn, in order: a
 * process that survives an 'uncaughtException' hears all of it, and one that does not handles nothing more.
 */
class Events {
  #resource
  /** What is still to be told, behind a listener that threw. Null if there is nothing. @type {(() => void)[] | null} */
  #left = null

  /** @param {import('node:async_hooks').AsyncResource} resource Whose context that is told in. */
  constructor(resource) {
    this.#resource = resource
  }

  /** @param {readonly (() => void)[]} acts In order; behind what is still to be told. */
  tell(acts) {
    if (this.#left !== null) {
      this.#leave(acts)
      return
    }
    let at = 0
    try {
      while (at < acts.length) acts[at++]()
    } finally {
      // If one of them threw. What is left of an event inside that one comes before.
      if (at < acts.length) this.#leave(acts.slice(at))
    }
  }

  /** @param {readonly (() => void)[]} acts */
  #leave(acts) {
    if (this.#left !== null) {
      this.#left.push(...acts)
      return
    }
    this.#left = [...acts]
    setImmediate(() => {
      const left = this.#left ?? []
      this.#left = null
      this.#resource.runInAsyncScope(this.tell, this, left)
    })
  }
}

exports.Events = Events
