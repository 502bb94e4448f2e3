'use strict'

// Programs put a Proxy around a client, a server or a socket, to log, to mock or to watch, or make an object that
// inherits from one. Every public member works on those as on the object itself.

const test = require('node:test')
const tls = require('node:tls')
const assert = require('node:assert/strict')
const EventEmitter = require('node:events')
const { isOriginal, overNode } = require('../helpers/subject')
const { join, serverConfig } = require('../helpers/ends')
const { next } = require('../helpers/events')

/**
 * A Proxy whose objects are in turn behind one, as frameworks for user interfaces make them.
 *
 * @param {any} target
 * @returns {any}
 */
function deep(target) {
  return new Proxy(target, {
    get(object, key, receiver) {
      const value = Reflect.get(object, key, receiver)
      // Like those frameworks it leaves collections of the language and symbols alone.
      const wrap = typeof value === 'object' && value !== null && typeof key === 'string'
      return wrap && !(value instanceof Map) && !Buffer.isBuffer(value) ? deep(value) : value
    },
  })
}

/** @type {Record<string, (object: any) => any>} */
const WAYS = {
  'a Proxy': object => new Proxy(object, {}),
  'a Proxy with traps': object =>
    new Proxy(object, {
      get: (target, key, receiver) => Reflect.get(target, key, receiver),
      set: (target, key, value, receiver) => Reflect.set(target, key, value, receiver),
      has: (target, key) => Reflect.has(target, key),
    }),
  'a Proxy in which objects are behind one, too': deep,
  'an object that inherits from it': object => Object.create(object),
}

/** What the methods are called with where it is more than nothing, by class. */
const callback = () => {}
const { key, cert } = serverConfig().options
const secure = { key, cert }

/** @type {Record<string, Record<string, any[]>>} */
const ARGUMENTS = {
  Server: {
    listen: [0, callback],
    close: [callback],
    send: [0, { a: 1 }],
    broadcast: [{ a: 1 }, [0]],
    request: [0, { a: 1 }],
    bufferedAmount: [0],
    needDrain: [0],
  },
  Client: { send: [{ a: 1 }], request: [{ a: 1 }] },
  TlsServer: {
    listen: [0, callback],
    close: [callback],
    getConnections: [callback],
    setSecureContext: [secure],
    addContext: ['localhost', secure],
    setOptions: [{}],
    setTicketKeys: [Buffer.alloc(48)],
    emit: ['something'],
    on: ['something', callback],
    addListener: ['something', callback],
    prependListener: ['something', callback],
    off: ['something', callback],
    removeListener: ['something', callback],
    removeAllListeners: ['something'],
  },
  Socket: {
    exportKeyingMaterial: [32, 'label', Buffer.alloc(1)],
    setMaxSendFragment: [1024],
    renegotiate: [{}, callback],
    write: ['{"a":1}\n', callback],
    end: ['{"a":1}\n', callback],
    setTimeout: [1000, callback],
  },
}

/** Where the members of Node's own classes begin. */
const NODES = [EventEmitter.prototype, tls.Server.prototype, tls.TLSSocket.prototype]

/**
 * The public members of an object's own classes.
 *
 * @param {any} object
 * @returns {Map<string, PropertyDescriptor>}
 */
function members(object) {
  /** @type {Map<string, PropertyDescriptor>} */
  const found = new Map()
  for (
    let prototype = Object.getPrototypeOf(object);
    !NODES.includes(prototype);
    prototype = Object.getPrototypeOf(prototype)
  ) {
    for (const [name, descriptor] of Object.entries(Object.getOwnPropertyDescriptors(prototype))) {
      // Node's own by convention begin with an underscore.
      const isPublic = name !== 'constructor' && !name.startsWith('_')
      if (isPublic && !found.has(name)) found.set(name, descriptor)
    }
  }
  return found
}

/** What ends it, and so comes last. */
const ENDINGS = ['disconnect', 'end', 'destroySoon', 'destroy', 'close']

/**
 * Reads, writes and calls every member of an object by another one that stands for it.
 *
 * @param {any} object
 * @param {any} stand
 * @param {string} kind of `ARGUMENTS`
 * @returns {Promise<string[]>} the members, in order
 */
async function walk(object, stand, kind) {
  const all = [...members(object)]
  all.sort(([a], [b]) => ENDINGS.indexOf(a) - ENDINGS.indexOf(b))
  for (const [name, { value, set }] of all) {
    const read = stand[name]
    if (set) stand[name] = read
    if (typeof value !== 'function') continue
    try {
      await stand[name](...(ARGUMENTS[kind][name] ?? []))
    } catch (error) {
      // What is no fault of the way it is called: it listens already, or nobody is there any more.
      const { code, message } = /** @type {any} */ (error)
      assert.ok(code !== undefined || message === 'connection lost', `${kind}.${name}: ${message}`)
    }
  }
  return all.map(([name]) => name)
}

/** Whether it is Node's server that listens; that one does not know itself behind so many proxies. */
const byNode = isOriginal || overNode

for (const [what, around] of Object.entries(WAYS)) {
  const skip = around === deep && byNode && "Node's own server does not know itself behind one"

  test(
    `every member of a server, a client and their sockets works by ${what}`,
    { skip },
    async t => {
      const { server, client, socket } = await join(t)
      for (const each of [server, client, socket, client.socket, server.tlsServer]) {
        each.on('error', callback)
      }
      for (const end of [server, client]) {
        end.on('request', (/** @type {any[]} */ ...args) => args.at(-1).send({}))
      }
      const gone = Promise.all([next(server, 'close'), next(client, 'close')])
      const walked = [
        ...(await walk(server.tlsServer, around(server.tlsServer), 'TlsServer')),
        ...(await walk(server, around(server), 'Server')),
        ...(await walk(socket, around(socket), 'Socket')),
        ...(await walk(client.socket, around(client.socket), 'Socket')),
        ...(await walk(client, around(client), 'Client')),
      ]
      for (const name of ['listen', 'send', 'request', 'disconnect'])
        assert.ok(walked.includes(name))
      await gone
    },
  )

  test(`a server and a client talk by ${what}`, { skip }, async t => {
    const { server, client, id, socket } = await join(t)
    // Listeners are on the object itself: an object that inherits gets a list of its own when the last one goes.
    const [byServer, byClient] = [around(server), around(client)]
    const heard = next(server, 'message')
    byClient.send({ number: 1 })
    assert.deepEqual(await heard, [id, { number: 1 }])
    const told = next(client, 'message')
    byServer.send(id, { number: 2 })
    assert.deepEqual(await told, [{ number: 2 }])

    for (const end of [byServer, byClient]) {
      end.on('request', (/** @type {any[]} */ ...args) =>
        args.pop().send({ got: args.pop().number }),
      )
    }
    assert.deepEqual(await byClient.request({ number: 3 }), { got: 3 })
    assert.deepEqual(await byServer.request(id, { number: 4 }), { got: 4 })

    for (const end of [server, client]) end.removeAllListeners('request')
    const lost = [byClient.request({ number: 5 }), byServer.request(id, { number: 6 })].map(
      request => assert.rejects(request, { message: 'connection lost' }),
    )
    byClient.requests.cancelAll()
    byServer.requests.cancelAll()
    await Promise.all(lost)

    assert.equal(around(socket).encrypted, true)
    assert.equal(around(socket).remotePort, client.socket.localPort)
    const gone = next(server, 'close')
    byClient.disconnect()
    assert.deepEqual(await gone, [id])
    await new Promise(resolve => byServer.close(() => resolve(undefined)))
  })
}
