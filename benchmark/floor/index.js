'use strict'

/**
 * The line to compare with: what a message costs with nothing between JSON and the kernel but TLS and lines. It has the
 * surface the scenarios use and the wire format of tls-json; docs/internals/floor.md says what it leaves out.
 *
 * The addon reads in libuv's loop and calls once for each socket that is ready, with all complete lines in one string.
 * What is sent first in a tick leaves at once, what follows is joined, and so is all of a tick that came with several
 * lines: TLS records are those of the package.
 */

const EventEmitter = require('node:events')

const { PeerConnection, PeerServer, PeerClient } = require('../lib/peer')
const { FILE } = require('./build')

/** @typedef {import('../lib/peer').Uses} Uses */

/** @type {{ exports: any }} */
const addon = { exports: {} }
process.dlopen(addon, FILE)
const { listen, connect, close, negotiated } = addon.exports

const LINES = 0
const OPENED = 1

/** Connections by number. @type {Map<number, Connection>} */
const connections = new Map()
/** What a listener does with a new connection. @type {Map<number, (id: number) => void>} */
const accepting = new Map()

/** The number of this tick. */
let tick = 1
/** Whether it is that of several lines which came together. */
let crowded = false
/** Whether lines are being handed on: then there is no need to schedule its end. */
let held = false
let scheduled = false
/** What has more to write at its end. @type {Connection[]} */
let dirty = []

function endTick() {
  scheduled = crowded = false
  tick++
  if (dirty.length === 0) return
  const those = dirty
  dirty = []
  for (const connection of those) connection.flush()
}

/**
 * Called by the addon.
 *
 * @param {number} id
 * @param {number} what
 * @param {any} value the lines; of a new connection who has accepted it; of one that has ended why, if it failed
 */
function on(id, what, value) {
  const connection = connections.get(id)
  if (what === LINES) connection?.read(value)
  else if (what !== OPENED) connection?.socket.closed(value)
  else if (connection === undefined) accepting.get(value)?.(id)
  else connection.socket.emit('secureConnect')
}

const { write } = addon.exports.start(on)

/** What a TLSSocket is to the others. */
class Socket extends EventEmitter {
  /** @param {number} id */
  constructor(id) {
    super()
    this.id = id
  }

  /** As Node calls it. */
  getProtocol() {
    return negotiated(this.id)[0]?.replace('_', '.')
  }

  /** As Node calls it. */
  getCipher() {
    return { name: negotiated(this.id)[1]?.replace('TLS13_', 'TLS_') }
  }

  /** @param {string | undefined} why */
  closed(why) {
    if (!connections.delete(this.id)) return
    close(this.id)
    if (why) this.emit('error', new Error(why))
    this.emit('close')
  }
}

class Connection extends PeerConnection {
  /**
   * @param {Socket} socket
   * @param {Uses} uses
   */
  constructor(socket, uses) {
    super(uses)
    this.socket = socket
    this.id = socket.id
    /** The last tick in which it has sent something. */
    this.tick = 0
    /** What the end of this tick writes, without its last newline. */
    this.text = ''
    /** Whether its first line is to be a TLS record of its own. */
    this.splits = false
    connections.set(this.id, this)
    socket.on('close', () => this.requests.close())
  }

  /** @param {unknown} value */
  push(value) {
    const line = JSON.stringify(value)
    const isFirst = this.tick !== tick
    if (isFirst) {
      this.tick = tick
      if (!held && !scheduled) {
        scheduled = true
        process.nextTick(endTick)
      }
    }
    if (isFirst && !crowded) {
      write(this.id, line, false)
    } else if (this.text === '') {
      this.text = line
      this.splits = isFirst
      dirty.push(this)
    } else {
      this.text += '\n' + line
    }
  }

  flush() {
    const { text } = this
    this.text = ''
    write(this.id, text, this.splits)
  }

  /** @param {string} lines complete lines, the last one without its newline */
  read(lines) {
    let end = lines.indexOf('\n')
    held = true
    crowded = end !== -1
    let start = 0
    while (end !== -1) {
      this.receive(JSON.parse(lines.slice(start, end)))
      start = end + 1
      end = lines.indexOf('\n', start)
    }
    this.receive(JSON.parse(start === 0 ? lines : lines.slice(start)))
    held = false
    if (scheduled) return
    if (!crowded && dirty.length === 0) {
      tick++
      return
    }
    // The continuations of what came together belong to its tick.
    scheduled = true
    queueMicrotask(() => process.nextTick(endTick))
  }
}

/** What a tls.Server is to the others. */
class Listener {
  /** @param {{ key: Buffer, cert: Buffer }} options */
  constructor(options) {
    this.options = options
    /** @type {(id: number) => void} */
    this.accept = () => {}
    this.id = -1
    this.port = 0
  }

  address() {
    return { port: this.port }
  }

  /**
   * @param {number} port
   * @param {() => void} callback
   */
  listen(port, callback) {
    const [id, actual] = listen(port, this.options.key, this.options.cert)
    this.id = id
    this.port = actual
    accepting.set(id, this.accept)
    process.nextTick(callback)
  }

  /** @param {() => void} callback */
  close(callback) {
    accepting.delete(this.id)
    close(this.id)
    process.nextTick(callback)
  }
}

class Server extends PeerServer {
  /** @param {{ options: { key: Buffer, cert: Buffer }, password: unknown }} config */
  constructor(config) {
    const listener = new Listener(config.options)
    super(/** @type {any} */ (listener))
    listener.accept = id => {
      const socket = new Socket(id)
      /** @type {Connection} */
      let connection
      const refuse = () => {
        connection.push({ error: 'incorrect password' })
        process.nextTick(() => socket.closed(undefined))
      }
      this.enter(socket, config.password, refuse, uses => {
        connection = new Connection(socket, uses)
        return connection
      })
    }
  }
}

class Client extends PeerClient {
  /**
   * @param {{ options: { ca: Buffer | Buffer[] }, host: string, port: number, password: unknown, requestTimeout?: number }} config
   */
  constructor(config) {
    const [ca] = [config.options.ca].flat()
    const socket = new Socket(connect(config.host, config.port, ca))
    super(socket, uses => new Connection(socket, uses), config.requestTimeout)
    this.socket = socket
    socket.on('secureConnect', () => this.connection.push({ password: config.password }))
  }

  disconnect() {
    this.socket.closed(undefined)
  }
}

module.exports = { Server, Client }
