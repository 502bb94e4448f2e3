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

const EventEmitter = require('node:events')
const tls = require('node:tls')

const { DEFAULT_REQUEST_TIMEOUT, Requests } = require('../lib/requests')

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

/** What both ends do once a connection is let in. */
class Connection {
  /**
   * @param {tls.TLSSocket} socket
   * @param {number} requestTimeout milliseconds
   * @param {(value: any) => void} login gets every value until `authenticated` is set
   * @param {(message: any) => void} onMessage
   * @param {(request: any, response: { send(value: any): void }) => void} onRequest
   */
  constructor(socket, requestTimeout, login, onMessage, onRequest) {
    this.socket = socket
    this.authenticated = false
    this.login = login
    this.onMessage = onMessage
    this.onRequest = onRequest
    this.writer = new LineWriter(socket)
    this.requests = new Requests(requestTimeout)
    const reader = new LineReader(value => this.receive(value))
    socket.setNoDelay(true)
    socket.on('data', chunk => reader.push(chunk))
    socket.on('close', () => this.requests.close())
  }

  /** @param {any} value */
  receive(value) {
    if (!this.authenticated) {
      this.login(value)
    } else if (value.requestId) {
      const responseId = value.requestId
      delete value.requestId
      this.onRequest(value, {
        send: answer => {
          answer.responseId = responseId
          this.writer.push(answer)
        },
      })
    } else if (value.responseId) {
      this.requests.settle(value)
    } else {
      this.onMessage(value)
    }
  }
}

class Server extends EventEmitter {
  /** @param {{ options: tls.TlsOptions, password: unknown, requestTimeout?: number }} config */
  constructor(config) {
    super()
    this.nextId = 0
    /** @type {Map<number, Connection>} */
    this.connections = new Map()
    this.tlsServer = tls.createServer(config.options, socket => this.accept(socket, config))
  }

  /**
   * @param {tls.TLSSocket} socket
   * @param {{ password: unknown, requestTimeout?: number }} config
   */
  accept(socket, config) {
    const id = this.nextId++
    const connection = new Connection(
      socket,
      config.requestTimeout ?? DEFAULT_REQUEST_TIMEOUT,
      value => {
        if (value.password !== config.password) {
          socket.end(JSON.stringify({ error: 'incorrect password' }) + '\n')
          return
        }
        connection.authenticated = true
        connection.writer.push({ authenticated: true })
        this.emit('authenticated', id, socket)
      },
      message => this.emit('message', id, message),
      (request, response) => this.emit('request', id, request, response),
    )
    this.connections.set(id, connection)
    socket.on('error', error => this.emit('error', id, error))
    socket.on('close', () => {
      this.connections.delete(id)
      this.emit('close', id)
    })
  }

  /**
   * @param {number} port
   * @param {() => void} callback
   */
  listen(port, callback) {
    this.tlsServer.listen(port, callback)
  }

  /** @param {() => void} callback */
  close(callback) {
    this.tlsServer.close(callback)
  }

  /**
   * @param {number} id
   * @returns {Connection}
   */
  connection(id) {
    const connection = this.connections.get(id)
    if (!connection?.authenticated) throw new Error('not connected or not authenticated')
    return connection
  }

  /**
   * @param {number} id
   * @param {unknown} message
   */
  send(id, message) {
    this.connection(id).writer.push(message)
  }

  /**
   * @param {number} id
   * @param {any} message
   * @returns {Promise<any>}
   */
  async request(id, message) {
    const { requests, writer } = this.connection(id)
    return requests.send(message, writer)
  }
}

class Client extends EventEmitter {
  /**
   * @param {{ options: tls.ConnectionOptions, host: string, port: number, password: unknown,
   *   requestTimeout?: number }} config
   */
  constructor(config) {
    super()
    this.socket = tls.connect(config.port, config.host, config.options, () => {
      this.connection.writer.push({ password: config.password })
    })
    this.connection = new Connection(
      this.socket,
      config.requestTimeout ?? DEFAULT_REQUEST_TIMEOUT,
      value => {
        if (value.authenticated === true) {
          this.connection.authenticated = true
          this.emit('authenticated')
        } else if (value.error) {
          this.emit('message', value)
        }
      },
      message => this.emit('message', message),
      (request, response) => this.emit('request', request, response),
    )
    this.socket.on('error', error => this.emit('error', error))
    this.socket.on('close', () => this.emit('close'))
  }

  /** @returns {Connection} */
  ready() {
    if (!this.connection.authenticated) throw new Error('not connected or not authenticated')
    return this.connection
  }

  /** @param {unknown} message */
  send(message) {
    this.ready().writer.push(message)
  }

  /**
   * @param {any} message
   * @returns {Promise<any>}
   */
  async request(message) {
    const { requests, writer } = this.ready()
    return requests.send(message, writer)
  }

  disconnect() {
    this.socket.end()
    this.socket.destroy()
  }
}

module.exports = { Server, Client }
