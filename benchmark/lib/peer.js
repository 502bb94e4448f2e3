'use strict'

/** What the peers that are no packages have in common: the surface the scenarios use, above any connection. */

const EventEmitter = require('node:events')

const { DEFAULT_REQUEST_TIMEOUT, Requests } = require('./requests')

/**
 * @typedef {object} Uses what a connection does with what it receives
 * @property {(value: any) => void} login gets every value until `authenticated` is set
 * @property {(message: any) => void} message
 * @property {(request: any, response: { send(value: any): void }) => void} request
 */

/** One connection. Who extends it calls `receive` with each value, and `requests.close` at the end. */
class PeerConnection {
  /** @param {Uses} uses */
  constructor(uses) {
    this.uses = uses
    this.authenticated = false
    this.requests = new Requests(DEFAULT_REQUEST_TIMEOUT)
  }

  /** @param {unknown} _value to be sent */
  push(_value) {
    throw new Error('a connection has to say how it sends')
  }

  /** @param {any} value */
  receive(value) {
    if (!this.authenticated) {
      this.uses.login(value)
    } else if (value.requestId) {
      const responseId = value.requestId
      delete value.requestId
      this.uses.request(value, {
        send: answer => {
          answer.responseId = responseId
          this.push(answer)
        },
      })
    } else if (value.responseId) {
      this.requests.settle(value)
    } else {
      this.uses.message(value)
    }
  }
}

class PeerServer extends EventEmitter {
  /** @param {import('node:tls').Server} tlsServer */
  constructor(tlsServer) {
    super()
    this.tlsServer = tlsServer
    this.nextId = 0
    /** @type {Map<number, PeerConnection>} */
    this.connections = new Map()
  }

  /**
   * Takes a new connection.
   *
   * @param {EventEmitter} socket emits 'error' and 'close'
   * @param {unknown} password
   * @param {() => void} refuse
   * @param {(uses: Uses) => PeerConnection} connect
   */
  enter(socket, password, refuse, connect) {
    const id = this.nextId++
    const connection = connect({
      login: value => {
        if (value.password !== password) return void refuse()
        connection.authenticated = true
        connection.push({ authenticated: true })
        this.emit('authenticated', id, socket)
      },
      message: message => this.emit('message', id, message),
      request: (request, response) => this.emit('request', id, request, response),
    })
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
   * @returns {PeerConnection}
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
    this.connection(id).push(message)
  }
}

class PeerClient extends EventEmitter {
  /**
   * @param {EventEmitter} socket emits 'error' and 'close'
   * @param {(uses: Uses) => PeerConnection} connect
   * @param {number} [requestTimeout] milliseconds
   */
  constructor(socket, connect, requestTimeout = DEFAULT_REQUEST_TIMEOUT) {
    super()
    this.connection = connect({
      login: value => {
        if (value.authenticated !== true) return
        this.connection.authenticated = true
        this.emit('authenticated')
      },
      message: message => this.emit('message', message),
      request: (request, response) => this.emit('request', request, response),
    })
    this.connection.requests.timeout = requestTimeout
    socket.on('error', error => this.emit('error', error))
    socket.on('close', () => this.emit('close'))
  }

  /** @returns {PeerConnection} */
  ready() {
    if (!this.connection.authenticated) throw new Error('not connected or not authenticated')
    return this.connection
  }

  /** @param {unknown} message */
  send(message) {
    this.ready().push(message)
  }

  /**
   * @param {any} message
   * @returns {Promise<any>}
   */
  async request(message) {
    const connection = this.ready()
    return connection.requests.send(message, connection)
  }
}

module.exports = { PeerConnection, PeerServer, PeerClient }
