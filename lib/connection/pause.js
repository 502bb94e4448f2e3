'use strict'

// Holding back what is received: by `pause` of the socket, as in Node, or by that of who owns the connection. The first reads
// no more. The second reads on as long as not much is held back, because pings and the answers to requests stand among the
// messages: pings are answered, and who waits for an answer before he goes on does not wait for ever.

const { parse, setImmediate } = require('../host/host')

/** What may be held back before nothing more is read. */
const MUCH = 1024 * 1024

/** What a line takes beside its text. */
const LINE = 200

/** What pauses one connection, and what follows from that. */
class Pause {
  #connection
  #bySocket = false
  #byOwner = false
  /** Of the lines that are held back. */
  #weight = 0
  /** How many of these may be requests. */
  #requests = 0
  /** What the carrier does. @type {'reads' | 'pauses' | 'holds'} */
  #carrier = 'reads'

  /** @param {import('./connection').Connection} connection */
  constructor(connection) {
    this.#connection = connection
  }

  /** Whether the socket is paused. */
  get bySocket() {
    return this.#bySocket
  }

  /** @param {boolean} paused As the socket wants it. */
  set bySocket(paused) {
    if (paused === this.#bySocket) return
    this.#bySocket = paused
    this.#changed()
  }

  /** @param {boolean} paused As the owner wants it. */
  set byOwner(paused) {
    if (paused === this.#byOwner) return
    this.#byOwner = paused
    this.#changed()
  }

  /** Whether the peer's end waits for what came before. Where there is nothing, a client shall connect again. */
  get holdsEnd() {
    const { incoming } = this.#connection
    return incoming.wait && (this.#bySocket || !this.#byOwner || incoming.owes)
  }

  /** Whether requests may be among what is held back, which nobody can answer yet. */
  get holdsRequests() {
    return this.#requests > 0
  }

  /** There is a carrier now. */
  attached() {
    const { carrier, id } = this.#connection
    if (this.#carrier === 'pauses') carrier.pause(id)
    else if (this.#carrier === 'holds') carrier.hold(id)
  }

  /**
   * @param {string} text A line that came while others are held back.
   * @returns {boolean} Whether it is not held back.
   */
  passes(text) {
    const { isServer, loggedIn } = this.#connection
    if (!this.#byOwner || this.#bySocket || !loggedIn) return false
    const mayBePing = !isServer && text.startsWith('{"__ping":')
    if (!mayBePing && !text.includes('"responseId"')) return false
    try {
      const { __ping: ping, requestId, responseId } = Object(parse(text))
      return Boolean(responseId || (mayBePing && ping)) && !requestId
    } catch {
      return false
    }
  }

  /**
   * Holds a line back.
   * @param {string} text
   * @param {() => void} act Hands it on.
   */
  keep(text, act) {
    const weight = text.length + LINE
    const asks = text.includes('"requestId"')
    this.#weight += weight
    if (asks) this.#requests++
    const handOn = () => {
      this.#weight -= weight
      if (asks) this.#requests--
      try {
        act()
      } finally {
        if (asks && this.#connection.owed === 0) this.#connection.whenIdle?.()
      }
    }
    this.#connection.incoming.keep({ owed: true, act: handOn })
    this.#read()
  }

  #changed() {
    const { carrier, closed, id, incoming, resource } = this.#connection
    const paused = this.#bySocket || this.#byOwner
    if (paused || !incoming.paused) {
      incoming.paused = paused
      this.#read()
      return
    }
    incoming.paused = false
    // At once: a program that pauses again in every turn would otherwise never be given anything.
    this.#carrier = 'reads'
    if (id !== 0 && !closed) carrier.resume(id)
    setImmediate(() => resource.runInAsyncScope(this.#proceed, this))
  }

  #proceed() {
    const { incoming } = this.#connection
    try {
      incoming.proceed()
    } finally {
      const { carrier, closed, id } = this.#connection
      if (!incoming.paused && id !== 0 && !closed) carrier.resume(id)
      else this.#read()
    }
  }

  /** Has the carrier read, or not. */
  #read() {
    const { carrier, closed, id } = this.#connection
    const stop = this.#bySocket || (this.#byOwner && this.#weight > MUCH)
    // Of who owns it the peer's deadlines stand still where pongs may be among what is not read.
    const act = !stop ? 'reads' : this.#byOwner ? 'holds' : 'pauses'
    if (act === this.#carrier) return
    this.#carrier = act
    if (id === 0) return
    if (act === 'holds') carrier.hold(id)
    else if (act === 'pauses') carrier.pause(id)
    else if (!closed) carrier.resume(id)
  }
}

exports.Pause = Pause
