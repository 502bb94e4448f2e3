'use strict'

const { tlsJson } = require('../package')

/** @typedef {Error & { code?: string }} Coded */

/**
 * @typedef {object} Login
 * @property {Coded} [error] why it was not logged in
 * @property {number} ms from the password to the answer
 * @property {{ protocol: string | null, cipher?: string, group?: string, transport: string }} [facts]
 * @property {{ ms: number, answer?: unknown, error?: Coded }} [ask]
 */

/**
 * One attempt of the package's client.
 *
 * @param {import('../..').ClientOptions} options
 * @param {AbortSignal} signal
 * @param {{ isProbe?: boolean, request?: any }} [what] `isProbe`: goes when it would have to give the password
 * @returns {Promise<Login>}
 */
async function loginOf(options, signal, { isProbe = false, request } = {}) {
  let asked = 0
  const client = new (tlsJson().Client)({
    ...options,
    password: () => {
      if (isProbe) throw new Error('far enough')
      asked = performance.now()
      return options.password
    },
  })
  /** @type {Login} */
  const login = { ms: 0 }
  client.on('error', () => {})
  try {
    await client.ready({ signal })
    login.ms = performance.now() - asked
    const { socket } = client
    const { name: group, type } = socket.getEphemeralKeyInfo() ?? {}
    login.facts = {
      protocol: socket.getProtocol(),
      cipher: socket.getCipher()?.name,
      group: group ?? type,
      transport: client.transport,
    }
    if (request !== undefined) login.ask = await ask(client, request)
  } catch (err) {
    if (signal.aborted) throw err
    login.error = /** @type {Coded} */ (err)
  } finally {
    client.disconnect()
  }
  return login
}

/**
 * @param {import('../..').Client} client
 * @param {any} request
 * @returns {Promise<{ ms: number, answer?: unknown, error?: Coded }>}
 */
async function ask(client, request) {
  const started = performance.now()
  try {
    const answer = await client.request(request)
    return { ms: performance.now() - started, answer }
  } catch (err) {
    return { ms: performance.now() - started, error: /** @type {Coded} */ (err) }
  }
}

module.exports = { loginOf }
