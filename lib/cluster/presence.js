'use strict'

// Which nodes there are. Each says so in beats, whose time between grows with the number of nodes, so that what each node
// reads of them does not. Whoever is not heard for long is taken for dead: but not where it is more likely that we hung
// ourselves, or that the broker does.

const { LONGEST_INFO } = require('./options')
const { MOST_NODES } = require('./names')
const { kinds } = require('./wire')
const { stringify } = require('../host/host')

/** Up to so many nodes beats come as often as the option says. */
const FEW = 50

/** After so many beats that did not come a node is asked whether it is there. */
const SUSPICIOUS = 2.5

/** Beats are not equally far apart, by up to this part, so that those of many nodes do not come together. */
const JITTER = 0.1

/** What many nodes do because of one message is spread over so many milliseconds for each of them. */
const SPREAD = 2

/** No beat promises the next one for later, whatever it says. */
const LONGEST_BEAT = 3_600_000

/** Of how many nodes that are gone it is known. */
const GRAVES = 1000

/** Another node, as `cluster.nodes` has it. */
class Peer {
  /** @param {string} id */
  constructor(id) {
    this.id = id
    this.clients = 0
    this.draining = false
    /** When its last beat came, as of `Date.now()`. */
    this.seen = 0
    /** @type {any} */
    this.info = undefined
  }
}

/**
 * What is not shown of a peer.
 * @typedef {object} Pulse
 * @property {Peer} peer
 * @property {number} last When it was heard last, in milliseconds of the clock.
 * @property {boolean} isHeard Whether it was since the last look.
 * @property {number} every As its beats say.
 * @property {boolean} isSuspect Whether something sent to it found nobody.
 * @property {boolean} isProven Whether it has beaten more than once.
 */

/** @typedef {'left' | 'gone' | 'silent'} Reason Why a node is not there any more. */

/**
 * @typedef {object} Owner
 * @property {() => { clients: number, draining: boolean }} state Of this node.
 * @property {(peer: Peer) => void} up
 * @property {(peer: Peer, reason: Reason) => void} down
 */

/** What the tags of probes begin with. */
const PROBE = 'probe:'

/**
 * @param {string} tag
 * @returns {string | null} The node that was asked with it; null where it is not that of a probe.
 */
function probedBy(tag) {
  return tag.startsWith(PROBE) ? tag.slice(PROBE.length) : null
}

/**
 * @param {unknown} info As a beat says it.
 * @returns {unknown} Nothing, where it is longer than a node may say.
 */
function infoOf(info) {
  return info === undefined || String(stringify(info)).length > LONGEST_INFO ? undefined : info
}

/** Who else is there. */
class Presence {
  /** @type {Map<string, Peer>} */
  nodes = new Map()
  /** @type {Map<string, Pulse>} */
  #pulses = new Map()
  /** Those that are gone, the latest last. @type {Map<string, Reason>} */
  #graves = new Map()
  #uplink
  #channels
  #clock
  #stats
  #interval
  #factor
  #info
  #owner
  /** @type {any} */
  #timer = null
  /** When the next look was to be. */
  #due = 0
  /** Until then nobody is suspected: the others, too, have to find the way back to the broker. */
  #graceUntil = 0
  /** Whether the broker has not confirmed the last beat yet. */
  #unconfirmed = false
  /** Whether it had not by the next. */
  #unsure = false
  #saidHello = false
  /** Whether there was no room for a node since the last look. */
  #isFull = false
  /** Beats for single nodes that are due, by these. @type {Map<string, any>} */
  #answers = new Map()

  /**
   * @param {{ uplink: import('./uplink').Uplink, channels: import('./names').Channels, stats: import('./stats').Stats }} parts
   * @param {import('./options').Options} options
   * @param {Owner} owner
   */
  constructor({ uplink, channels, stats }, options, owner) {
    this.#uplink = uplink
    this.#channels = channels
    this.#stats = stats
    this.#clock = options.clock
    this.#interval = options.heartbeatInterval
    this.#factor = options.heartbeatTimeout / options.heartbeatInterval
    this.#info = options.info
    this.#owner = owner
  }

  /** The broker is there, for the first time or again: nobody could be heard meanwhile. */
  start() {
    this.stop()
    this.#forgive()
    if (this.#saidHello) {
      this.#graceUntil = this.#clock.now() + this.#factor * this.#every()
      this.#wait(this.#clock.random() * this.#spread())
    } else {
      this.#saidHello = true
      this.#beat({ hello: true })
      this.#wait(this.#next())
    }
  }

  /** The broker is gone. */
  stop() {
    this.#clock.clearTimeout(this.#timer)
    for (const timer of this.#answers.values()) this.#clock.clearTimeout(timer)
    this.#answers.clear()
  }

  /** Says at once what has changed about this node. */
  tell() {
    this.#beat({})
  }

  /**
   * A message of a node came.
   * @param {string} id
   */
  heard(id) {
    const pulse = this.#pulses.get(id)
    if (pulse !== undefined) pulse.isHeard = true
  }

  /**
   * A beat came.
   * @param {import('./wire').Header} header
   */
  beaten({ from, clients, draining, every, info, hello }) {
    this.#stats.beats.received++
    let pulse = this.#pulses.get(from)
    const isNew = pulse === undefined
    if (pulse === undefined) {
      if (this.#pulses.size >= MOST_NODES) {
        this.#stats.beats.refused++
        this.#isFull = true
        return
      }
      const peer = new Peer(from)
      pulse = { peer, last: 0, isHeard: false, every: 0, isSuspect: false, isProven: false }
      this.#pulses.set(from, pulse)
      this.nodes.set(from, pulse.peer)
      this.#graves.delete(from)
    }
    Object.assign(pulse, { last: this.#clock.now(), isSuspect: false, isProven: !isNew })
    pulse.every = Math.min(every, LONGEST_BEAT)
    const state = { clients, draining: draining === true, info: infoOf(info) }
    Object.assign(pulse.peer, state, { seen: this.#clock.date() })
    if (isNew) this.#owner.up(pulse.peer)
    if (hello === true) this.#answer(from)
  }

  /**
   * A node asks whether we are there.
   * @param {string} from
   */
  probed(from) {
    this.#beat({}, this.#channels.node(from))
  }

  /**
   * A node says that it goes.
   * @param {string} id
   */
  left(id) {
    this.#bury(id, 'left')
  }

  /**
   * Something sent to a node found nobody there.
   * @param {string} id
   */
  suspect(id) {
    const pulse = this.#pulses.get(id)
    if (pulse !== undefined) pulse.isSuspect = true
  }

  /**
   * A probe found nobody.
   * @param {string} id
   */
  gone(id) {
    // A beat may have come since.
    const pulse = this.#pulses.get(id)
    if (pulse?.isSuspect) this.#bury(id, 'gone')
  }

  /**
   * @param {string} id
   * @returns {Reason | undefined} Why it is not there any more; undefined also for one that was never heard of.
   */
  whyDown(id) {
    return this.#graves.get(id)
  }

  /** Milliseconds between beats, of a cluster as large as it is. */
  #every() {
    return this.#interval * Math.max(1, (this.nodes.size + 1) / FEW)
  }

  #next() {
    return this.#every() * (1 - JITTER + 2 * JITTER * this.#clock.random())
  }

  #spread() {
    return Math.min(this.#every(), SPREAD * this.nodes.size)
  }

  /** @param {number} ms */
  #wait(ms) {
    this.#due = this.#clock.now() + ms
    this.#timer = this.#clock.setTimeout(() => this.#look(), ms)
  }

  #look() {
    const at = this.#clock.now()
    if (at - this.#due > this.#every()) {
      // Beats that came meanwhile are not read yet.
      this.#stats.lateLooks++
      this.#forgive()
    } else if (this.#unconfirmed) {
      this.#unsure = true
    } else {
      for (const pulse of [...this.#pulses.values()]) this.#judge(pulse, at)
      this.#isFull = false
    }
    this.#beat({})
    this.#confirm()
    this.#wait(this.#next())
  }

  /**
   * @param {Pulse} pulse
   * @param {number} at
   */
  #judge(pulse, at) {
    const { peer, every } = pulse
    // Whoever has room has to be there.
    const isDoubtful = this.#isFull && !pulse.isProven
    if (pulse.isHeard) {
      pulse.isHeard = false
      pulse.last = at
    }
    const age = at - pulse.last
    if (age > this.#factor * every) {
      this.#bury(peer.id, 'silent')
    } else if (at < this.#graceUntil) {
      return
    } else if (age > SUSPICIOUS * every || pulse.isSuspect || isDoubtful) {
      pulse.isSuspect = true
      const tag = PROBE + peer.id
      this.#uplink.publish(this.#channels.node(peer.id), kinds.PROBE, {}, undefined, tag)
    }
  }

  /** Whether the broker still does something is known when it confirms. */
  #confirm() {
    if (this.#unconfirmed) return
    this.#unconfirmed = true
    const done = () => {
      this.#unconfirmed = false
      if (!this.#unsure) return
      this.#unsure = false
      this.#forgive()
    }
    // If the connection is lost, that is told otherwise.
    this.#uplink.flush().then(done, done)
  }

  /** Everybody has the whole time again. */
  #forgive() {
    const at = this.#clock.now()
    for (const pulse of this.#pulses.values()) {
      pulse.last = at
      pulse.isSuspect = false
    }
  }

  /**
   * @param {object} more
   * @param {string} [channel]
   */
  #beat(more, channel = this.#channels.beats) {
    if (!this.#uplink.up) return
    const { clients, draining } = this.#owner.state()
    const fields = { clients, draining: draining || undefined, every: this.#every() }
    // What is not taken is counted, and the next one follows.
    this.#uplink.publish(channel, kinds.BEAT, { ...fields, info: this.#info, ...more })
    this.#stats.beats.sent++
  }

  /**
   * Shows a node that is new that we are there.
   * @param {string} id
   */
  #answer(id) {
    if (this.#answers.has(id)) return
    const timer = this.#clock.setTimeout(() => {
      this.#answers.delete(id)
      this.probed(id)
    }, this.#clock.random() * this.#spread())
    this.#answers.set(id, timer)
  }

  /**
   * @param {string} id
   * @param {Reason} reason
   */
  #bury(id, reason) {
    const pulse = this.#pulses.get(id)
    this.#pulses.delete(id)
    this.nodes.delete(id)
    this.#graves.delete(id)
    this.#graves.set(id, reason)
    if (this.#graves.size > GRAVES) {
      const [oldest] = this.#graves.keys()
      if (oldest !== undefined) this.#graves.delete(oldest)
    }
    if (pulse !== undefined) this.#owner.down(pulse.peer, reason)
  }
}

module.exports = { Peer, Presence, probedBy }
