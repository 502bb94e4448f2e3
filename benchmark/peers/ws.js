'use strict'

/**
 * The package `ws` over TLS with the surface the scenarios use: what many would take instead. One JSON text in one
 * WebSocket message; requests and the password go on top of it as in tls-json. Compression is off, as it is by default
 * in `ws`, and so is Nagle's algorithm, which `ws` turns off itself.
 */

const https = require('node:https')
const { WebSocket, WebSocketServer } = require('ws')

const { PeerConnection, PeerServer, PeerClient } = require('../lib/peer')

/** As large as a message of ours may be by default, in bytes. */
const MAX_PAYLOAD = 64 * 1024 * 1024

class Connection extends PeerConnection {
  /**
   * @param {WebSocket} socket
   * @param {import('../lib/peer').Uses} uses
   */
  constructor(socket, uses) {
    super(uses)
    this.socket = socket
    socket.on('message', data => this.receive(JSON.parse(data.toString())))
    socket.on('close', () => this.requests.close())
  }

  /** @param {unknown} value */
  push(value) {
    this.socket.send(JSON.stringify(value))
  }
}

class Server extends PeerServer {
  /** @param {{ options: https.ServerOptions, password: unknown }} config */
  constructor(config) {
    const tlsServer = https.createServer(config.options)
    super(tlsServer)
    const server = new WebSocketServer({ server: tlsServer, maxPayload: MAX_PAYLOAD })
    server.on('connection', socket => {
      const refuse = () => socket.close(1008, 'incorrect password')
      this.enter(socket, config.password, refuse, uses => new Connection(socket, uses))
    })
  }
}

class Client extends PeerClient {
  /**
   * @param {{ options: { ca: Buffer[] }, host: string, port: number, password: unknown }} config
   */
  constructor(config) {
    const socket = new WebSocket(`wss://${config.host}:${config.port}/`, {
      ...config.options,
      maxPayload: MAX_PAYLOAD,
      perMessageDeflate: false,
    })
    super(socket, uses => new Connection(socket, uses))
    this.webSocket = socket
    socket.on('upgrade', response => (this.socket = response.socket))
    socket.on('open', () => this.connection.push({ password: config.password }))
  }

  disconnect() {
    this.webSocket.terminate()
  }
}

module.exports = { Server, Client }
