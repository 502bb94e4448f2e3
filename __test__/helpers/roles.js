'use strict'

const { serve, dial, password } = require('./ends')
const { Log, next } = require('./events')
const { referenceServer, admitted } = require('./reference-peer')

/**
 * The subject in one of its roles, let in, with the reference peer at the other end. What differs
 * between the roles (the id in front of every argument) is taken away, so that one test fits both.
 *
 * @typedef {object} End
 * @property {any} node the Server or Client
 * @property {InstanceType<typeof import('./reference-peer').Connection>} peer
 * @property {InstanceType<typeof Log>} log events since the login, ids taken off
 * @property {(value: any) => unknown} send
 * @property {(value: any) => Promise<any>} request
 * @property {(listener: (req: any, res: any) => void) => void} onRequest
 */

const EVENTS = ['message', 'close', 'error', 'timeout']

/**
 * @param {any} server
 * @returns {any} something to listen on, whose events do not begin with the id
 */
function withoutIds(server) {
  return {
    on: (/** @type {string} */ name, /** @type {any} */ listener) =>
      server.on(name, (/** @type {number} */ _id, /** @type {any[]} */ ...args) =>
        listener(...args),
      ),
  }
}

/** @type {Record<'server' | 'client', (t: import('node:test').TestContext, config?: any) => Promise<End>>} */
const roles = {
  async server(t, config) {
    const { server, port } = await serve(t, config)
    const peer = await admitted(t, port, password)
    const log = new Log(withoutIds(server), EVENTS)
    return {
      node: server,
      peer,
      log,
      send: value => server.send(0, value),
      request: value => server.request(0, value),
      onRequest: listener =>
        server.on(
          'request',
          (/** @type {number} */ _id, /** @type {any} */ req, /** @type {any} */ res) =>
            listener(req, res),
        ),
    }
  },
  async client(t, config) {
    const server = await referenceServer(t)
    const client = dial(t, server.port, config)
    const entered = next(client, 'authenticated')
    const peer = await server.admit()
    await entered
    return {
      node: client,
      peer,
      log: new Log(client, EVENTS),
      send: value => client.send(value),
      request: value => client.request(value),
      onRequest: listener => client.on('request', listener),
    }
  },
}

/**
 * Declares a test for each role.
 *
 * @param {(name: string, body: (t: import('node:test').TestContext) => Promise<void>) => void} declare
 *   `test` or `difference`
 * @param {string} name
 * @param {(end: End, t: import('node:test').TestContext) => Promise<void>} body
 * @param {any} [config] of the subject
 */
function bothRoles(declare, name, body, config) {
  for (const [role, open] of Object.entries(roles)) {
    declare(`${role}: ${name}`, async t => body(await open(t, config), t))
  }
}

module.exports = { roles, bothRoles }
