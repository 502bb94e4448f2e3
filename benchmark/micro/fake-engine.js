'use strict'

// An engine that hands out prepared batches and takes what is written, so that JavaScript's own share of a message can
// be measured. All else is the package itself: its server, its connections, its dispatcher, its outbox.

const binding = require('../../lib/engine/binding')
const { ACCEPT } = require('../../lib/protocol/login')
const { endTick } = require('../../lib/engine/outbox')

/** @typedef {import('../../lib/server/server')} Server */

/**
 * A batch as `engine.take` gives it; src/binding/batch.rs says how its table is made.
 * @typedef {object} Batch
 * @property {Uint32Array} table
 * @property {string} text
 * @property {string[]} extras
 */

/**
 * One event: a line, or a signal.
 * @typedef {object} Event
 * @property {number} id The connection, or the listener.
 * @property {string} [line]
 * @property {object} [signal]
 */

const LISTENER = 1

/** Longer lines, and those with other than ASCII, are strings of their own. As in src/events/queue.rs. */
const OWN_STRING_FROM = 16 * 1024

/** The text of a batch, as in src/events/batch.rs. */
const BATCH_BYTES = 64 * 1024

/** The entries of a batch, as in lib/dispatch.js. */
const BATCH_ENTRIES = 4096

/**
 * @param {string} line
 * @returns {{ object: string, number: number, kind: number }} The line and its id, as src/wire/address.rs parts them.
 */
function withoutId(line) {
  const [end, key, digits] = /,"(request|response)Id":([1-9][0-9]{0,8})}$/.exec(line) ?? []
  if (end === undefined) return { object: line, number: 0, kind: 0 }
  const object = `${line.slice(0, -end.length)}}`
  return { object, number: Number(digits), kind: key === 'request' ? 3 : 4 }
}

/**
 * @param {Event[]} events
 * @returns {Batch}
 */
function batchOf(events) {
  /** @type {string[]} */
  const extras = []
  const entries = [events.length, 0]
  let text = ''
  for (const { id, line, signal } of events) {
    if (line === undefined) {
      entries.push(id, 2, extras.length, 0)
      extras.push(JSON.stringify(signal))
    } else if (line.length < OWN_STRING_FROM && Buffer.byteLength(line) === line.length) {
      const { object, number, kind } = withoutId(line)
      text += object
      entries.push(id, kind, text.length, number)
    } else {
      entries.push(id, 1, extras.length, 0)
      extras.push(line)
    }
  }
  // The engine's is one piece, not a tree of concatenations.
  text = Buffer.from(text, 'latin1').toString('latin1')
  return { table: Uint32Array.from(entries), text, extras }
}

/**
 * How many messages of this length fill a batch.
 * @param {number} bytes
 */
function batchful(bytes) {
  return Math.min(BATCH_ENTRIES, Math.ceil(BATCH_BYTES / bytes))
}

/** What `lib/engine.js` makes in place of the real one. */
class FakeEngine {
  /** @type {FakeEngine | undefined} */
  static made
  #wake
  /** @type {Batch} */
  #batch = batchOf([])
  /** Where the text goes that is written: what the call really copies is copied here, too. */
  #written = Buffer.alloc(128 * 1024)
  /** Bytes that were written. */
  bytes = 0
  /** Logins that were accepted. */
  logins = 0

  /** @param {() => void} wake */
  constructor(wake) {
    this.#wake = wake
    FakeEngine.made = this
  }

  /**
   * Has a batch handed over.
   * @param {Batch} batch
   */
  deliver(batch) {
    this.#batch = batch
    this.#wake()
    // What listeners have sent leaves behind the promise continuations. There are none.
    endTick()
  }

  /**
   * @param {Uint32Array} table
   * @param {string[]} extras
   */
  take(table, extras) {
    const batch = this.#batch
    table.set(batch.table)
    for (let at = 0; at < batch.extras.length; at++) extras[at] = batch.extras[at]
    return batch.text
  }

  /**
   * @param {number} _id
   * @param {string} text
   */
  write(_id, text) {
    this.bytes += this.#written.write(text)
    return true
  }

  /**
   * @param {number} id
   * @param {string} text
   */
  queueFirst(id, text) {
    this.write(id, text)
  }

  /**
   * @param {Uint32Array} ids
   * @param {string[]} texts
   */
  writeMany(ids, texts) {
    for (let at = 0; at < ids.length; at++) this.write(ids[at], texts[at])
  }

  /**
   * @param {Uint32Array} ids
   * @param {string} text
   */
  writeShared(ids, text) {
    this.bytes += this.#written.write(text) * ids.length
  }

  /**
   * @param {number} _id
   * @param {import('../../lib/protocol/login').LoginResult} result
   */
  login(_id, result) {
    if (result === ACCEPT) this.logins++
  }

  listen() {
    return { id: LISTENER, address: '127.0.0.1', port: 1 }
  }

  ask() {}
  closeListener() {}
  report() {}
  setMaxConnections() {}
  writeLast() {}
  handshakes() {
    return 0
  }
}

/**
 * @returns {FakeEngine} The engine of this thread, from its first use on.
 */
function engine() {
  if (FakeEngine.made === undefined) {
    // Over Node's own TLS there would be a real listener.
    delete process.env.TLSJSON_TRANSPORT
    // lib/engine.js looks there when an engine is first wanted.
    Object.assign(binding, { Engine: FakeEngine })
    require('../../lib/engine/engine').getEngine()
  }
  if (FakeEngine.made === undefined) throw new Error('there is a real engine in this thread')
  return FakeEngine.made
}

/** A server whose clients, as many as wanted, are logged in. */
class Bench {
  /** @param {number} connections */
  constructor(connections) {
    this.engine = engine()
    const before = this.engine.logins
    const server = new (require('../../lib/server/server'))({ options: {}, password: 'x' })
    this.server = server
    // Without a host, which would be looked up first.
    server.listen(0)
    /** The engine's numbers of the connections. The server counts its own from 0, in this order. */
    this.ids = Array.from({ length: connections }, (_, at) => LISTENER + 1 + at)
    const parameters = { protocol: 'TLSv1.3', cipher: '', standardCipher: '', alpn: null }
    const signal = { listener: LISTENER, type: 'secure', parameters, chain: [] }
    this.#tell(id => ({ id, signal }))
    this.#tell(id => ({ id, line: '{"password":"x"}' }))
    const loggedIn = this.engine.logins - before
    if (loggedIn !== connections) {
      this.close()
      throw new Error(`${loggedIn} of ${connections} are logged in`)
    }
  }

  /** Has all connections end, so that nothing holds the process. */
  close() {
    this.server.close()
    this.#tell(id => ({ id, signal: { type: 'closed', read: 0, written: 0, hadError: false } }))
    this.engine.deliver(batchOf([{ id: LISTENER, signal: { type: 'listenerClosed' } }]))
  }

  /** @param {(id: number) => Event} event */
  #tell(event) {
    for (let at = 0; at < this.ids.length; at += BATCH_ENTRIES) {
      this.engine.deliver(batchOf(this.ids.slice(at, at + BATCH_ENTRIES).map(event)))
    }
  }
}

module.exports = { Bench, batchOf, batchful }
