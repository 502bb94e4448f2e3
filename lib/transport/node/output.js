'use strict'

// What is written to a `TLSSocket`. Node encrypts a write as a whole and keeps all of it until the last byte has left, so a
// large text for many peers would be kept once more for each. Where much waits already, a text is cut into slices of one
// Buffer, and the next slice follows when the last has left. Node also joins all that comes while it writes: so what is
// not to be joined is held back until then.

const { atExit } = require('../../engine/engine')
const { nextTick, now, setImmediate } = require('../../host/host')

/** Bytes of one slice. A connection whose socket has at most so much may always write at once. */
const SLICE = 64 * 1024

/** Bytes that the sockets of all connections together may have before texts are cut into slices. */
const MUCH = 16 * 1024 * 1024

/** Bytes that the sockets have and have not given to the operating system. */
let handedOver = 0

/** Those that hold something back. @type {Set<Output>} */
const holding = new Set()

/**
 * From so many milliseconds on the system has had no room for a write, and the peer has made some: that of a write which it
 * takes at once is said in the next turn.
 */
const WAITED = 100

/** Whether the process is ending: there is no later turn. */
let exiting = false

/** The last long text, and its bytes: those of a broadcast are asked for once for each peer. */
let lastText = ''
let lastBytes = Buffer.alloc(0)

/**
 * @param {string} text
 * @param {boolean} first Whether its first line is to be a record of its own.
 * @returns {(string | Buffer)[]} The same to be written; of a long text the bytes, which several connections share.
 */
function piecesOf(text, first) {
  // What the outbox has left with its carrier is written already. In Deno an empty write may never end, and no end follows.
  if (text === '') return []
  const data = text.length > SLICE ? sharedBytes(text) : text
  const end = first ? data.indexOf('\n') + 1 : 0
  if (end === 0 || end === data.length) return [data]
  if (typeof data === 'string') return [data.slice(0, end), data.slice(end)]
  return [data.subarray(0, end), data.subarray(end)]
}

/** @param {string} text */
function sharedBytes(text) {
  if (text !== lastText) {
    if (lastText === '') nextTick(forget)
    lastText = text
    lastBytes = Buffer.from(text)
  }
  return lastBytes
}

function forget() {
  lastText = ''
  lastBytes = Buffer.alloc(0)
}

/** The writing side of a `TLSSocket`. */
class Output {
  #tls
  #wrote
  /** What is held back, and how much it is. @type {{ data: string | Uint8Array, bytes: number }[]} */
  #held = []
  /** Where its rest begins, as what was handed over is removed once in a while only. */
  #next = 0
  /** Writes that the socket has and has not given to the operating system. */
  #writes = 0
  /** The bytes of these. */
  #bytes = 0
  /** Whether Node would join what follows to what waits in the socket, the end of which is to end a record. */
  #endsRecord = false
  /** Whether our side ends behind what is held back. */
  #ends = false
  /** Whether a turn is asked for in which to go on. */
  #asked = false

  /**
   * @param {import('node:tls').TLSSocket} tlsSocket
   * @param {(bytes: number, gone: boolean, waited: boolean) => void} wrote So much has left, perhaps not before the peer
   *   had made room for it; or is lost, as the connection is gone.
   */
  constructor(tlsSocket, wrote) {
    this.#tls = tlsSocket
    this.#wrote = wrote
    tlsSocket.once('close', () => this.#close())
  }

  /** Whether all that was written has been given to the operating system. */
  get isEmpty() {
    return this.#writes === 0 && !this.#holds()
  }

  #holds() {
    return this.#next < this.#held.length
  }

  /**
   * @param {string | Uint8Array} data
   * @param {number} bytes
   * @param {boolean} endsRecord Whether what follows is to leave in another record, unless much waits.
   */
  write(data, bytes, endsRecord) {
    if (!this.#holds() && this.#mayHandOver(bytes)) {
      this.#handOver(data, bytes)
      this.#endsRecord = endsRecord && this.#writes > 1
      return
    }
    holding.add(this)
    this.#held.push({ data, bytes })
    // Not in this turn, as it might be the last one: then all is written in one piece.
    if (this.#writes === 0) this.#ask()
  }

  /** Ends our side once all is written. */
  end() {
    if (this.#holds()) this.#ends = true
    else this.#tls.end()
  }

  /** Writes what is held back, in one go. */
  flush() {
    while (this.#holds()) this.#handOverNext(Infinity)
    this.#settle()
  }

  /** @param {number} bytes */
  #mayHandOver(bytes) {
    // What the socket of a connection that is gone is given comes back at once.
    if (exiting || this.#tls.destroyed) return true
    if (this.#endsRecord) return false
    return this.#bytes + bytes <= SLICE || handedOver + bytes <= MUCH
  }

  /** Has more of what is held back handed over in the next turn, as far as there is room for it. */
  #ask() {
    if (this.#asked) return
    this.#asked = true
    setImmediate(() => {
      this.#asked = false
      while (this.#holds() && 2 * this.#bytes <= SLICE) this.#handOverNext(SLICE)
      this.#settle()
    })
  }

  /** @param {number} most Bytes. */
  #handOverNext(most) {
    const next = /** @type {{ data: string | Uint8Array, bytes: number }} */ (
      this.#held[this.#next]
    )
    const { data, bytes } = next
    if (bytes > most) {
      const rest = typeof data === 'string' ? Buffer.from(data) : data
      next.data = rest.subarray(most)
      next.bytes = bytes - most
      this.#handOver(rest.subarray(0, most), most)
      return
    }
    this.#next++
    if (2 * this.#next > this.#held.length) {
      this.#held.splice(0, this.#next)
      this.#next = 0
    }
    this.#handOver(data, bytes)
  }

  /** Nothing may be held back any more. */
  #settle() {
    if (this.#holds()) return
    holding.delete(this)
    if (!this.#ends) return
    this.#ends = false
    this.#tls.end()
  }

  /**
   * @param {string | Uint8Array} data
   * @param {number} bytes
   */
  #handOver(data, bytes) {
    this.#writes++
    this.#bytes += bytes
    handedOver += bytes
    const since = now()
    this.#tls.write(data, error => {
      this.#writes--
      // All that waited in the socket is in Node's hands now.
      this.#endsRecord = false
      this.#left(bytes)
      const gone = Boolean(error) || this.#tls.destroyed
      this.#wrote(bytes, gone, now() - since >= WAITED)
      if (gone) this.#drop()
      // In a turn of its own, as Node would call back in this one for as long as the system takes more.
      else if (this.#holds()) this.#ask()
    })
  }

  /** @param {number} bytes */
  #left(bytes) {
    const counted = Math.min(bytes, this.#bytes)
    this.#bytes -= counted
    handedOver -= counted
  }

  /** The socket is gone, and all that it had. */
  #close() {
    this.#left(this.#bytes)
    this.#drop()
  }

  /** What is held back never leaves. */
  #drop() {
    this.#held = []
    this.#next = 0
    this.#ends = false
    holding.delete(this)
  }
}

atExit(() => {
  exiting = true
  for (const output of holding) output.flush()
})

module.exports = { Output, piecesOf }
