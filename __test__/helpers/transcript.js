'use strict'

const { serve, dial } = require('./ends')
const { bounded } = require('./events')
const { referenceServer, referenceClient } = require('./reference-peer')
const { writable } = require('../fixtures/payloads')
const { PASSWORD } = require('../fixtures/scenarios')

/** @typedef {import('node:test').TestContext} TestContext */

const PING = /^\{"__ping":(\d{1,5})\}$/

/**
 * The subject in the role, its connection at the peer, and the calls a step can make.
 *
 * @param {TestContext} t
 * @param {'server' | 'client'} role
 * @param {any} config
 */
async function open(t, role, config) {
  if (role === 'server') {
    const { server, port } = await serve(t, config)
    server.on('request', (/** @type {any} */ _id, /** @type {any} */ req, /** @type {any} */ res) =>
      res.send(req),
    )
    return {
      peer: await referenceClient(t, port),
      entered: Promise.resolve(),
      send: (/** @type {any} */ value) => server.send(0, value),
      request: (/** @type {any} */ value) => server.request(0, value),
    }
  }
  const server = await referenceServer(t)
  const client = dial(t, server.port, config)
  client.on('request', (/** @type {any} */ req, /** @type {any} */ res) => res.send(req))
  const entered = new Promise(resolve => client.once('authenticated', resolve))
  return {
    peer: await server.accept(),
    entered,
    send: (/** @type {any} */ value) => client.send(value),
    request: (/** @type {any} */ value) => client.request(value),
  }
}

/**
 * Plays a scenario or a record of one.
 *
 * @param {TestContext} t
 * @param {{ role: 'server' | 'client', name: string, config?: any, steps: any[] }} scenario
 * @returns {Promise<any>} the scenario, with what the subject wrote in the steps that await it
 */
async function play(t, { role, name, config, steps }) {
  const end = await open(t, role, { password: PASSWORD, ...config })
  const { peer } = end
  let ping = ''
  // Cloned, since a subject may write ids into what it is given.
  const played = []
  for (const step of steps) {
    if ('write' in step) await peer.write(step.write.replace('<ping>', ping))
    if ('write' in step && step.write.includes('"authenticated":true'))
      await bounded(end.entered, 'the login')
    if ('send' in step) end.send(structuredClone(step.send))
    if ('request' in step)
      Promise.resolve(end.request(structuredClone(step.request))).catch(() => {})
    if ('sendNamed' in step) {
      const [, make] = writable().find(([given]) => given === step.sendNamed) ?? []
      if (!make) throw new Error(`no payload is called ${step.sendNamed}`)
      end.send(make())
    }
    if ('closed' in step) {
      await peer.gone()
      if (peer.lines.length > peer.taken) throw new Error(`more was written: ${peer.lines}`)
    }
    if (!('expect' in step)) {
      played.push(step)
      continue
    }
    /** @type {string[]} */
    const lines = []
    while (lines.length < step.expect) {
      const line = await peer.line(`line ${peer.taken + 1} of ${role} ${name}`)
      const [, number] = PING.exec(line) ?? []
      if (number !== undefined) ping = number
      // Which number a ping has is the sender's choice; its form is not.
      lines.push(number !== undefined && role === 'server' ? '{"__ping":<number>}' : line)
    }
    played.push({ expect: step.expect, lines })
  }
  return { role, name, ...(config && { config }), steps: played }
}

module.exports = { play }
