'use strict'

// A connection that Node's own TLS carries. Its plain bytes pass through a session of the engine, so that lines, limits,
// the login and pings are the same; all of it happens on this thread, which alone can read and write such a connection.

const { bare } = require('../../host/bare')
const { getPipes } = require('../../engine/engine')
const { clearTimeout, nextTick, setImmediate, setTimeout } = require('../../host/host')
const { Deadline } = require('./deadline')
const { descriptorOf, endsOf, probePeer, showPeer, showAuthorization } = require('./facts')
const { Output, piecesOf } = require('./output')

/** @typedef {import('node:tls').TLSSocket} TLSSocket */
/** @typedef {import('../../engine/binding').PipeNext} PipeNext */

/** Milliseconds that a peer has to take what was written before the end, and to end its own side. */
const LINGER = 1000

/** How the system says that a peer has gone. */
const GONE = new Set(['EPIPE', 'ECONNRESET', 'ECONNABORTED'])

/** What a {@link Connection} otherwise asks of the engine, done with a `TLSSocket`; and what its events go through. */
class NodeCarrier {
  #connection
  #tls
  #pipes = getPipes()
  #id
  #output
  /** Whether TLS is up and the peer found good. Before, nothing is written, and events come as they happen. */
  #secure = false
  /** What is written before that. @type {(string | Uint8Array)[]} */
  #early = []
  #endsEarly = false
  /** Plain bytes. */
  #counts = { read: 0, written: 0 }
  /** Whether a sender who was told to wait may go on. */
  #relieved = false
  #reportsDrain = false
  /** Whether the socket is read. */
  #reading = true
  #deadline = new Deadline(() => this.#do(this.#pipes.tick(this.#id, descriptorOf(this.#tls))))
  /** The connection's owner has been told, or will be, that it is gone. */
  #gone = false
  /** It is gone in all but name: the user has paused, and is owed what came before. */
  #outlasted = false
  /** We are ending the connection: what comes is read away. */
  #leaving = false
  /** @type {unknown} */
  #error = undefined

  /**
   * @param {import('../../connection/connection').Connection} connection
   * @param {TLSSocket} tlsSocket
   * @param {import('../../engine/binding').PipeSettings & { deadPeerTimeout: number, probeDelay?: number }} settings
   * @param {import('../../engine/binding').ServerGuard} [guard] Of a server.
   */
  constructor(connection, tlsSocket, settings, guard) {
    this.#connection = connection
    this.#tls = tlsSocket
    const { tally } = connection.stats
    const { remoteAddress } = tlsSocket
    const address = typeof remoteAddress === 'string' ? remoteAddress : undefined
    this.#id = this.#pipes.open(bare({ ...settings, address }), tally, guard)
    this.#output = new Output(tlsSocket, (...what) => this.#wrote(...what))
    /** For the dispatcher. */
    this.resource = connection.resource
    // What holds the process is the connection's own hold.
    tlsSocket.unref()
    // Otherwise a small message may wait for the acknowledgement of the one before, 40 ms on many systems.
    tlsSocket.setNoDelay(true)
    probePeer(tlsSocket, settings)
    tlsSocket.on('data', chunk => this.#received(chunk))
    tlsSocket.on('end', () => this.#ended())
    tlsSocket.on('error', error => this.#failed(error))
    tlsSocket.on('close', hadError => this.#closed(hadError))
    tlsSocket.on('timeout', () => this.#signal({ type: 'idle' }))
  }

  /** Node's own socket, for what only it knows. */
  get tlsSocket() {
    return this.#tls
  }

  /**
   * The connection's events come by this way from now on.
   * @param {import('../../errors').Target} [target] What a client wanted.
   */
  attach(target) {
    this.#connection.attach(this.#id, target, this)
    this.#connection.stats.carries(this)
  }

  /** TCP is up. */
  connected() {
    const { local, remote } = endsOf(this.#tls)
    this.#signal({ type: 'connect', local, remote })
  }

  /** TLS is up, and the peer is not refused: what Node knows of it is shown. */
  secured() {
    showPeer(this.#connection, this.#tls)
    // The peer's end is answered when what came before it was handled.
    this.#tls.allowHalfOpen = true
    this.#secure = true
  }

  /** A client may begin. */
  admitted() {
    this.#signal({ type: 'admitted' })
  }

  /** Bytes may pass from now on. */
  begin() {
    for (const data of this.#early.splice(0)) this.#put(data)
    if (this.#endsEarly) this.#end()
    this.#do(this.#pipes.next(this.#id))
  }

  /**
   * @param {number} _id
   * @param {string} text
   * @param {boolean} first Whether its first line is to be a record of its own.
   * @returns {boolean} Whether nothing is left to write.
   */
  write(_id, text, first) {
    let endsRecord = first
    for (const piece of piecesOf(text, first)) {
      this.writeBytes(_id, piece, endsRecord)
      endsRecord = false
    }
    return false
  }

  /** Nobody but this thread can write here, so it does. @type {(id: number, text: string) => void} */
  queueFirst(_id, text) {
    this.write(_id, text, true)
  }

  /**
   * @param {number} _id
   * @param {string | Uint8Array} bytes
   * @param {boolean} [endsRecord] Whether what follows is to leave in another record.
   * @returns {boolean} Whether nothing is left to write.
   */
  writeBytes(_id, bytes, endsRecord) {
    if (!this.#pipes.accept(this.#id, Buffer.byteLength(bytes))) return false
    if (this.#secure) this.#put(bytes, endsRecord)
    else this.#early.push(bytes)
    return false
  }

  /** Asks for a `drain` signal. */
  reportDrain() {
    this.#reportsDrain = true
    nextTick(() => this.#drain())
  }

  /** Ends our side once all is written. */
  end() {
    this.#pipes.end(this.#id)
    if (this.#secure) this.#end()
    else this.#endsEarly = true
  }

  /** Ends the connection. What was accepted is still written, for a bounded time. */
  destroy() {
    this.#pipes.destroy(this.#id)
    if (this.#secure) this.#leave()
    else this.#tls.destroy()
  }

  pause() {
    this.#pipes.pause(this.#id)
    if (this.#secure) this.#do(this.#pipes.next(this.#id))
  }

  hold() {
    this.#pipes.hold(this.#id)
    this.pause()
  }

  resume() {
    const next = this.#pipes.resume(this.#id)
    if (this.#outlasted) this.#go(false)
    else this.#do(next)
  }

  /**
   * @param {number} _id
   * @param {import('../../engine/engine').LoginResult} result
   */
  login(_id, result) {
    this.#do(this.#pipes.login(this.#id, result))
  }

  /** @type {(id: number, key: number) => void} */
  pong(_id, key) {
    this.#pipes.pong(this.#id, key)
  }

  /** Bytes accepted and not yet given to the operating system. */
  buffered() {
    return this.#pipes.buffered(this.#id)
  }

  /** Bytes of lines that wait for this thread. */
  waiting() {
    return this.#pipes.waiting(this.#id)
  }

  /** Plain bytes; null when it is gone. */
  byteCounts() {
    return this.#gone ? null : this.#counts
  }

  /**
   * For the dispatcher.
   * @param {string} text
   * @param {number} [id]
   * @param {boolean} [asks]
   */
  line(text, id, asks) {
    this.#connection.line(text, id, asks)
  }

  /**
   * For the dispatcher.
   * @param {any} signal
   */
  signal(signal) {
    if (signal.type === 'readAgain') {
      this.#do(this.#pipes.next(this.#id))
    } else if (signal.type === 'error' && signal.error.kind === 'transport') {
      this.#connection.signal({ type: 'failure', error: this.#error })
    } else {
      // It may be that of a connection which is to be disconnected.
      if (signal.type === 'error') this.#do(this.#pipes.next(this.#id))
      this.#connection.signal(signal)
    }
  }

  /**
   * What Node's stream says is passed on when the stream is done with it: what a listener throws would otherwise keep
   * it from that. 'close', for one, would not follow 'error'.
   * @param {any} signal
   */
  #signal(signal) {
    nextTick(() => {
      this.resource.runInAsyncScope(this.#connection.signal, this.#connection, signal)
    })
  }

  #end() {
    this.#tls.once('finish', () => this.#signal({ type: 'finish' }))
    this.#output.end()
  }

  /** @param {Buffer} chunk */
  #received(chunk) {
    if (this.#leaving) return
    // Before the lines in it can be seen: who sees one finds it counted.
    this.#counts.read += chunk.length
    this.#connection.stats.bytesReceived += chunk.length
    this.#deadline.heard()
    this.#do(this.#pipes.receive(this.#id, chunk))
  }

  #ended() {
    if (!this.#secure) return
    if (!this.#leaving) this.#pipes.receiveEnd(this.#id)
    else if (this.#tls.writableFinished) this.#tls.destroy()
  }

  /** @param {Error} error */
  #failed(error) {
    if (this.#leaving) return
    if (this.#secure && this.#hasLeft(error)) {
      this.#pipes.receiveEnd(this.#id)
      return
    }
    this.#error = error
    if (!this.#secure) {
      showAuthorization(this.#connection.socket, this.#tls)
      return this.#signal({ type: 'failure', error })
    }
    this.#pipes.fail(this.#id)
    // After a failure of TLS itself Node leaves the connection open: no deadline would end it. Its alert goes first.
    setImmediate(() => this.#tls.destroy())
  }

  /**
   * Whether the peer had ended its side when something failed: then it has left in order, although it did not wait for
   * our end.
   * @param {any} error
   */
  #hasLeft({ code, syscall }) {
    const { readableEnded, writableEnded } = this.#tls
    if (readableEnded) {
      return GONE.has(code) || (writableEnded && this.#output.isEmpty)
    }
    // Linux says so where a FIN had come before the reset. Node has closed the socket: what is unread is lost with it,
    // which a user who holds it back shall know.
    const hadFin = process.platform === 'linux' && syscall === 'write' && code === 'EPIPE'
    return hadFin && !this.#connection.incoming.paused
  }

  /** @param {boolean} hadError */
  #closed(hadError) {
    if (this.#gone) return
    if (!this.#secure) this.#signal({ type: 'closed', hadError, ...this.#counts })
    // Both sides have ended it, and the user holds back what came before. Until that is over the session's deadlines go
    // on, so that a user who never resumes sees it closed.
    this.#outlasted = this.#error === undefined && this.#pipes.holdsBack(this.#id)
    if (!this.#outlasted) this.#go(this.#error !== undefined)
  }

  /** Whoever waits for the connection's end is told. @param {boolean} hadError */
  #go(hadError) {
    if (this.#gone) return
    this.#gone = true
    this.#connection.stats.carriesNoMore(this)
    this.#deadline.end()
    this.#pipes.close(this.#id, hadError, this.#counts.read, this.#counts.written)
  }

  /**
   * Ends the connection: what was accepted is written, and what still comes is read away, because closing a socket with
   * unread input makes the system reset it and may kill what was written last.
   */
  #leave() {
    if (this.#leaving) return
    this.#leaving = true
    const tls = this.#tls
    const finished = () => {
      this.#go(false)
      if (tls.readableEnded) tls.destroy()
    }
    if (tls.writableFinished || tls.destroyed) finished()
    else {
      tls.once('finish', finished)
      this.#output.end()
    }
    tls.resume()
    const lingering = setTimeout(() => tls.destroy(), LINGER).unref()
    // Or it would hold on to a connection that is gone.
    tls.once('close', () => clearTimeout(lingering))
  }

  /**
   * @param {string | Uint8Array} data
   * @param {boolean} [endsRecord]
   */
  #put(data, endsRecord = false) {
    const bytes = Buffer.byteLength(data)
    this.#counts.written += bytes
    this.#connection.stats.bytesSent += bytes
    this.#output.write(data, bytes, endsRecord)
  }

  /** @type {(bytes: number, gone: boolean, waited: boolean) => void} */
  #wrote(bytes, gone, waited) {
    if (this.#pipes.wrote(this.#id, bytes, waited && !gone)) this.#relieved = true
    // What was dropped has not left, and what follows it has not either: 'close' comes, and no 'drain'.
    if (!gone) this.#drain()
  }

  #drain() {
    const [asked, relieved] = [this.#reportsDrain, this.#relieved]
    if (!this.#output.isEmpty || this.#early.length > 0 || !(asked || relieved)) return
    this.#reportsDrain = false
    this.#relieved = false
    this.#signal({ type: 'drain', asked, relieved })
  }

  /**
   * Does what the session wants.
   * @param {PipeNext | null} next
   */
  #do(next) {
    if (next?.disconnect) {
      this.#error ??= new Error('what waited for the peer was too much')
      this.#tls.destroy()
    }
    if (next === null || this.#leaving || !this.#secure || next.disconnect) return
    if (next.output !== undefined) this.#put(next.output)
    if (next.done) {
      this.#go(false)
      this.#leave()
      return
    }
    if (next.read !== this.#reading) {
      this.#reading = next.read
      if (next.read) this.#tls.resume()
      else this.#tls.pause()
    }
    if (next.wait !== undefined) this.#deadline.set(next.wait)
  }
}

exports.NodeCarrier = NodeCarrier
