'use strict'

// A network between two ends that does to their bytes what a test tells it to: TCP is relayed, and each direction of
// each connection is a lane that can hold, delay, throttle, split, change, cut and lose what passes. It has a clock of
// its own, which only the test moves: nothing here depends on time.

const net = require('node:net')
const { Watch, bounded } = require('./events')
const { cleanup } = require('./cleanup')
const { reset } = require('./broken-peers')

/** @typedef {import('node:test').TestContext} TestContext */
/** @typedef {'end' | 'reset' | 'silence'} Cut what becomes of a lane that is cut: FIN, RST both ways, or nothing more */

/** Bytes that a lane takes off TCP and keeps; then who sends has to wait. */
const MOST_KEPT = 64 * 1024

/** One direction of a connection. */
class Lane extends Watch {
  #passage
  #from
  #to
  /** What has come and is not passed on, with the time from which on it may be. @type {{ bytes: Buffer, due: number }[]} */
  #queue = []
  #kept = 0
  #held = false
  #silent = false
  /** The sender's FIN has come. */
  #over = false
  #delay = 0
  /** Bytes a second of the proxy's clock, and those that may pass now. */
  #rate = Infinity
  #allowance = Infinity
  #piece = Infinity
  #writing = false
  /** @type {Map<number, number>} */
  #masks = new Map()
  /** @type {{ at: number, how: Cut } | undefined} */
  #cut

  /**
   * @param {Passage} passage
   * @param {net.Socket} from
   * @param {net.Socket} to
   */
  constructor(passage, from, to) {
    super()
    this.#passage = passage
    this.#from = from
    this.#to = to
    /** Bytes that came, and bytes passed on. */
    this.came = 0
    this.passed = 0
    from.on('data', chunk => {
      this.came += chunk.length
      this.#kept += chunk.length
      this.#queue.push({ bytes: chunk, due: passage.clock + this.#delay })
      if (this.#kept >= MOST_KEPT || this.#silent) from.pause()
      this.#pump()
      this.changed()
    })
    from.on('end', () => {
      this.#over = true
      this.#pump()
      this.changed()
    })
  }

  /** Passes nothing on until `release`. What comes is kept, and then no longer taken. */
  hold() {
    this.#held = true
  }

  release() {
    this.#held = false
    this.#pump()
  }

  /** Loses everything from now on without a word, as a cut cable does. */
  silence() {
    this.#silent = true
    this.#queue = []
    this.#from.pause()
  }

  /**
   * What comes from now on may pass only so much later, by the proxy's clock.
   *
   * @param {number} ms
   */
  delay(ms) {
    this.#delay = ms
  }

  /**
   * Lets only so many bytes a second pass, by the proxy's clock.
   *
   * @param {number} bytesPerSecond
   */
  throttle(bytesPerSecond) {
    this.#rate = bytesPerSecond
    this.#allowance = bytesPerSecond === Infinity ? Infinity : 0
    this.#pump()
  }

  /**
   * Passes everything on in pieces of so many bytes, each a write of its own and in a turn of its own.
   *
   * @param {number} [bytes]
   */
  split(bytes = 1) {
    this.#piece = bytes
  }

  /**
   * Changes one byte that is still to pass.
   *
   * @param {number} offset from the beginning of the lane
   * @param {number} [mask] the bits that are turned over
   */
  corrupt(offset, mask = 0xff) {
    this.#masks.set(offset, mask)
  }

  /**
   * Cuts the lane when so many bytes have passed in all.
   *
   * @param {number} offset
   * @param {Cut} how
   */
  cutAt(offset, how) {
    this.#cut = { at: offset, how }
    this.#pump()
  }

  /** Ends the receiver's side of this direction alone: a half-close. */
  end() {
    this.silence()
    this.#to.end()
  }

  /**
   * The proxy's clock has moved.
   *
   * @param {number} ms
   */
  elapse(ms) {
    if (this.#rate !== Infinity) this.#allowance += (this.#rate * ms) / 1000
    this.#pump()
  }

  /**
   * @param {number} bytes
   * @returns {Promise<void>} until so many have passed in all
   */
  reach(bytes) {
    return this.until(
      () => this.passed >= bytes,
      () => `${bytes} bytes through the proxy (passed: ${this.passed})`,
    )
  }

  #pump() {
    while (!this.#held && !this.#silent && !this.#writing) {
      if (this.#cut !== undefined && this.passed >= this.#cut.at) return this.#sever(this.#cut.how)
      const bytes = this.#take()
      if (bytes === undefined) break
      this.#write(bytes)
    }
    if (this.#kept < MOST_KEPT && !this.#silent) this.#from.resume()
    if (this.#over && this.#queue.length === 0 && !this.#writing && !this.#silent) this.#to.end()
  }

  /** @returns {Buffer | undefined} what may pass now, at most a piece */
  #take() {
    const first = this.#queue[0]
    if (first === undefined || first.due > this.#passage.clock) return undefined
    const untilCut = (this.#cut?.at ?? Infinity) - this.passed
    const most = Math.min(first.bytes.length, this.#piece, Math.floor(this.#allowance), untilCut)
    if (most <= 0) return undefined
    const bytes = Buffer.from(first.bytes.subarray(0, most))
    if (most === first.bytes.length) this.#queue.shift()
    else first.bytes = first.bytes.subarray(most)
    for (const [at, mask] of this.#masks) {
      const here = at - this.passed
      if (here < 0 || here >= most) continue
      bytes[here] = Number(bytes[here]) ^ mask
      this.#masks.delete(at)
    }
    this.#kept -= most
    this.#allowance -= most
    this.passed += most
    return bytes
  }

  /** @param {Buffer} bytes */
  #write(bytes) {
    this.#writing = true
    this.#to.write(bytes, () => {
      const go = () => {
        this.#writing = false
        this.#pump()
        this.changed()
      }
      // What is to be seen apart must have been read before the next comes.
      if (this.#piece === Infinity) go()
      else setImmediate(go)
    })
  }

  /** @param {Cut} how */
  #sever(how) {
    this.#cut = undefined
    if (how === 'reset') this.#passage.reset()
    else if (how === 'end') this.end()
    else this.silence()
    this.changed()
  }
}

/** One connection through the proxy. */
class Passage {
  /** The time, which `ChaosProxy.advance` moves. */
  clock = 0

  /**
   * @param {net.Socket} near towards who connected
   * @param {net.Socket} far towards the port behind the proxy
   */
  constructor(near, far) {
    this.near = near
    this.far = far
    for (const socket of [near, far]) {
      socket.setNoDelay(true)
      socket.on('error', () => {})
    }
    this.toServer = new Lane(this, near, far)
    this.toClient = new Lane(this, far, near)
    near.on('close', hadError => this.#gone(near, far, hadError))
    far.on('close', hadError => this.#gone(far, near, hadError))
  }

  /** RST to both ends. */
  reset() {
    for (const socket of [this.near, this.far]) if (!socket.destroyed) reset(socket)
  }

  /** Loses everything in both directions from now on; neither end is told. */
  silence() {
    this.toServer.silence()
    this.toClient.silence()
  }

  /**
   * @param {net.Socket} one
   * @param {net.Socket} other
   * @param {boolean} hadError
   */
  #gone(one, other, hadError) {
    // Who ends in peace has said so by FIN; a reset is passed on.
    if (hadError && !other.destroyed && !one.writableEnded) reset(other)
  }
}

/** The network in front of a port. */
class ChaosProxy extends Watch {
  /**
   * @param {number} target
   * @param {(passage: Passage, index: number) => void} [arrange] is called with each connection before a byte passes
   */
  constructor(target, arrange) {
    super()
    /** @type {Passage[]} */
    this.passages = []
    this.port = 0
    this.target = target
    this.server = net.createServer({ allowHalfOpen: true }, near => {
      const far = net.connect({ port: this.target, host: '127.0.0.1', allowHalfOpen: true })
      const passage = new Passage(near, far)
      this.passages.push(passage)
      arrange?.(passage, this.passages.length - 1)
      this.changed()
    })
  }

  /**
   * @param {number} [index]
   * @returns {Promise<Passage>}
   */
  async passage(index = 0) {
    await this.until(() => this.passages.length > index, `connection ${index + 1} at the proxy`)
    return /** @type {Passage} */ (this.passages[index])
  }

  /**
   * Moves the clock of every connection.
   *
   * @param {number} ms
   */
  advance(ms) {
    for (const passage of this.passages) {
      passage.clock += ms
      passage.toServer.elapse(ms)
      passage.toClient.elapse(ms)
    }
  }
}

/**
 * A proxy on a free port, closed after the test.
 *
 * @param {TestContext} t
 * @param {number} target
 * @param {(passage: Passage, index: number) => void} [arrange]
 * @returns {Promise<ChaosProxy>}
 */
async function chaosProxy(t, target, arrange) {
  const proxy = new ChaosProxy(target, arrange)
  await bounded(
    new Promise(resolve => proxy.server.listen(0, '127.0.0.1', () => resolve(undefined))),
    'the proxy listening',
  )
  proxy.port = /** @type {net.AddressInfo} */ (proxy.server.address()).port
  cleanup(t, async () => {
    for (const { near, far } of proxy.passages) {
      near.destroy()
      far.destroy()
    }
    await bounded(new Promise(resolve => proxy.server.close(resolve)), 'the proxy closed')
  })
  return proxy
}

module.exports = { chaosProxy, ChaosProxy, Passage, Lane }
