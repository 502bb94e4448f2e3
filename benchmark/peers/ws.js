'use strict'

/**
 * The package `ws` over TLS with the surface the scenarios use: what many would take instead. One JSON text in one
 * WebSocket message; requests and the password go on top of it as in tls-json. Compression is off, as it is by default
 * in `ws`, and so is Nagle's algorithm, which `ws` turns off itself.
 */

const EventEmitter = require('node:events')
const https = require('node:https')
const { WebSocket, WebSocketServer } = require('ws')

const { DEFAULT_REQUEST_TIMEOUT, Requests } = require('../lib/requests')

/** As large as a message of ours may be by default, in bytes. */
const MAX_PAYLOAD = 64 * 1024 * 1024

/** What both ends do once a connection is let in. */
class Connection {
  /**
   * @param {WebSocket} socket
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
    this.requests = new Requests(requestTimeout)
    socket.on('message', data => this.receive(JSON.parse(data.toString())))
    socket.on('close', () => this.requests.close())
  }

  /** @param {unknown} value */
  push(value) {
    this.socket.send(JSON.stringify(value))
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
          this.push(answer)
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
  /** @param {{ options: https.ServerOptions, password: unknown }} config */
  constructor(config) {
    super()
    this.nextId = 0
    /** @type {Map<number, Connection>} */
    this.connections = new Map()
    this.tlsServer = https.createServer(config.options)
    const server = new WebSocketServer({ server: this.tlsServer, maxPayload: MAX_PAYLOAD })
    server.on('connection', socket => this.accept(socket, config.password))
  }

  /**
   * @param {WebSocket} socket
   * @param {unknown} password
   */
  accept(socket, password) {
    const id = this.nextId++
    const connection = new Connection(
      socket,
      DEFAULT_REQUEST_TIMEOUT,
      value => {
        if (value.password !== password) {
          socket.close(1008, 'incorrect password')
          return
        }
        connection.authenticated = true
        connection.push({ authenticated: true })
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
    this.connection(id).push(message)
  }

  /**
   * @param {number} id
   * @param {any} message
   * @returns {Promise<any>}
   */
  async request(id, message) {
    const connection = this.connection(id)
    return connection.requests.send(message, connection)
  }
}

class Client extends EventEmitter {
  /**
   * @param {{ options: { ca: Buffer[] }, host: string, port: number, password: unknown }} config
   */
  constructor(config) {
    super()
    const socket = new WebSocket(`wss://${config.host}:${config.port}/`, {
      ...config.options,
      maxPayload: MAX_PAYLOAD,
      perMessageDeflate: false,
    })
    this.connection = new Connection(
      socket,
      DEFAULT_REQUEST_TIMEOUT,
      value => {
        if (value.authenticated !== true) return
        this.connection.authenticated = true
        this.emit('authenticated')
      },
      message => this.emit('message', message),
      (request, response) => this.emit('request', request, response),
    )
    socket.on('upgrade', response => (this.socket = response.socket))
    socket.on('open', () => this.connection.push({ password: config.password }))
    socket.on('error', error => this.emit('error', error))
    socket.on('close', () => this.emit('close'))
  }

  /** @returns {Connection} */
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

  disconnect() {
    this.connection.socket.terminate()
  }
}

module.exports = { Server, Client }
