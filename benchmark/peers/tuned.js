'use strict'

/**
 * A hand-tuned `node:tls` program with the surface the scenarios use, speaking the wire format of
 * tls-json. It is what a careful author reaches without native code: the figure to beat.
 *
 * - One write per tick and connection: messages are concatenated and handed over by `nextTick`.
 * - Lines are found in the bytes, each byte is looked at once, and a chunk's complete lines become
 *   one string.
 * - Nagle's algorithm is off on both sides.
 * - Request deadlines share one timer.
 *
 * It leaves out what no scenario needs: keepalive, reconnecting, limits.
 */

const tls = require('node:tls')

const { PeerConnection, PeerServer, PeerClient } = require('../lib/peer')

const NEWLINE = 0x0a

/** Cuts a byte stream into JSON values, one per line. */
class LineReader {
  /** @param {(value: any) => void} deliver gets every value, in order */
  constructor(deliver) {
    this.deliver = deliver
    /** @type {Buffer[]} pieces of the line that is not complete yet */
    this.pieces = []
  }

  /** @param {Buffer} chunk */
  push(chunk) {
    const end = chunk.lastIndexOf(NEWLINE)
    if (end === -1) {
      this.pieces.push(chunk)
      return
    }
    let start = 0
    if (this.pieces.length > 0) {
      const first = chunk.indexOf(NEWLINE)
      this.pieces.push(chunk.subarray(0, first))
      const line = Buffer.concat(this.pieces).toString('utf8')
      this.pieces = []
      start = first + 1
      this.deliver(JSON.parse(line))
    }
    if (start <= end) this.deliverLines(chunk.toString('utf8', start, end))
    if (end + 1 < chunk.length) this.pieces.push(chunk.subarray(end + 1))
  }

  /** @param {string} lines complete lines, the last one without its newline */
  deliverLines(lines) {
    let start = 0
    for (;;) {
      const end = lines.indexOf('\n', start)
      if (end === -1) break
      this.deliver(JSON.parse(lines.slice(start, end)))
      start = end + 1
    }
    this.deliver(JSON.parse(start === 0 ? lines : lines.slice(start)))
  }
}

/** Concatenates the messages of one tick into one write. */
class LineWriter {
  /** @param {tls.TLSSocket} socket */
  constructor(socket) {
    this.socket = socket
    this.text = ''
    this.flush = this.flush.bind(this)
  }

  /** @param {unknown} value */
  push(value) {
    if (this.text === '') process.nextTick(this.flush)
    this.text += JSON.stringify(value) + '\n'
  }

  flush() {
    const text = this.text
    this.text = ''
    if (!this.socket.destroyed) this.socket.write(text)
  }
}

class Connection extends PeerConnection {
  /**
   * @param {tls.TLSSocket} socket
   * @param {import('../lib/peer').Uses} uses
   */
  constructor(socket, uses) {
    super(uses)
    this.writer = new LineWriter(socket)
    const reader = new LineReader(value => this.receive(value))
    socket.setNoDelay(true)
    socket.on('data', chunk => reader.push(chunk))
    socket.on('close', () => this.requests.close())
  }

  /** @param {unknown} value */
  push(value) {
    this.writer.push(value)
  }
}

class Server extends PeerServer {
  /** @param {{ options: tls.TlsOptions, password: unknown }} config */
  constructor(config) {
    super(
      tls.createServer(config.options, socket => {
        const refuse = () => socket.end(JSON.stringify({ error: 'incorrect password' }) + '\n')
        this.enter(socket, config.password, refuse, uses => new Connection(socket, uses))
      }),
    )
  }
}

class Client extends PeerClient {
  /**
   * @param {{ options: tls.ConnectionOptions, host: string, port: number, password: unknown, requestTimeout?: number }} config
   */
  constructor(config) {
    const socket = tls.connect(config.port, config.host, config.options, () => {
      this.connection.push({ password: config.password })
    })
    super(socket, uses => new Connection(socket, uses), config.requestTimeout)
    this.socket = socket
  }

  disconnect() {
    this.socket.end()
    this.socket.destroy()
  }
}

module.exports = { Server, Client }
