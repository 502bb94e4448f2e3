'use strict'

const { Cluster, memoryBroker } = require('../../cluster')
const { enter, serve } = require('./ends')
const { next } = require('./events')

/** @typedef {import('node:test').TestContext} TestContext */

/**
 * One server of a cluster.
 *
 * @typedef {object} Member
 * @property {any} server
 * @property {any} cluster
 * @property {any} broker
 */

/**
 * A server in a cluster, closed after the test.
 *
 * @param {TestContext} t
 * @param {{ connect: () => any }} hub
 * @param {any} [options] of the cluster
 * @param {any} [config] of the server
 * @returns {Promise<Member>}
 */
async function node(t, hub, options, config) {
  const { server } = await serve(t, config)
  const broker = hub.connect()
  const cluster = /** @type {any} */ (new Cluster(server, { broker, ...options }))
  t.after(() => cluster.close())
  return { server, cluster, broker }
}

/**
 * As many servers in one cluster, called a, b, c …, all of them connected.
 *
 * @param {TestContext} t
 * @param {number} count
 * @param {{ hub?: any, options?: any, config?: any }} [more]
 * @returns {Promise<{ hub: any, nodes: Member[] }>}
 */
async function nodes(t, count, { hub = memoryBroker(), options, config } = {}) {
  const all = []
  for (let at = 0; at < count; at++) {
    const name = String.fromCharCode('a'.charCodeAt(0) + at)
    const one = await node(t, hub, { name, ...options }, config)
    if (!one.cluster.connected) await next(one.cluster, 'up')
    all.push(one)
  }
  return { hub, nodes: all }
}

/**
 * A client of one of them.
 *
 * @param {TestContext} t
 * @param {Member} of
 * @param {any} [config] of the client
 * @returns {Promise<{ client: any, local: number, id: string }>} `id` is that of the cluster
 */
async function clientOf(t, { server, cluster }, config) {
  const { client, id } = await enter(t, server, config)
  return { client, local: id, id: cluster.idOf(id) }
}

module.exports = { clientOf, node, nodes }
