'use strict'

const { Failure, withHint } = require('./exit-codes')
const { readPem, readPems } = require('./files')
const { PASSWORD, readPassword } = require('./password')
const { readTarget, targetText } = require('./target')
const { UsageError } = require('./usage-error')
const { duration } = require('./values')
const { tlsJson } = require('../package')

/** @typedef {import('./types').Context} Context */
/** @typedef {import('../..').ClientOptions} ClientOptions */
/** @typedef {import('../..').Client} Client */

/** Options of all commands that connect. @type {import('./types').Options} */
const CONNECTION = {
  ...PASSWORD,
  ca: {
    type: 'string',
    value: 'FILE',
    multiple: true,
    description: "trusts these certificates, in place of Node's list",
  },
  crl: {
    type: 'string',
    value: 'FILE',
    multiple: true,
    description: 'refuses what these lists revoke',
  },
  cert: {
    type: 'string',
    value: 'FILE',
    description: 'our own certificate, if the server wants one',
  },
  key: { type: 'string', value: 'FILE', description: 'its private key' },
  servername: {
    type: 'string',
    value: 'NAME',
    description: 'the name to ask for and to expect in the certificate',
  },
  ciphers: {
    type: 'string',
    value: 'LIST',
    description: 'as options.ciphers of a program, such as DEFAULT@SECLEVEL=0',
  },
  insecure: { type: 'boolean', description: 'takes any certificate: for tests only' },
  timeout: {
    type: 'string',
    value: 'TIME',
    default: '10s',
    parse: duration,
    description: 'for the connection with its login, and for each answer',
  },
}

/**
 * @param {string} cert file of --cert
 * @param {string} key file of --key
 */
function readPair(cert, key) {
  return {
    cert: readPem('cert', cert, 'a certificate'),
    key: readPem('key', key, 'a private key'),
  }
}

/**
 * @param {Record<string, any>} values
 * @returns {{ ca?: Buffer[], crl?: Buffer[], cert?: Buffer, key?: Buffer, servername?: string, ciphers?: string, rejectUnauthorized?: boolean }}
 */
function tlsOptions({ ca, crl, cert, key, servername, ciphers, insecure }) {
  if ((cert === undefined) !== (key === undefined)) {
    throw new UsageError('--cert and --key belong together')
  }
  return {
    ...(ca === undefined ? {} : { ca: readPems('ca', ca, 'a certificate') }),
    ...(crl === undefined ? {} : { crl: readPems('crl', crl, 'a revocation list') }),
    ...(cert === undefined ? {} : readPair(cert, key)),
    ...(servername === undefined ? {} : { servername }),
    ...(ciphers === undefined ? {} : { ciphers }),
    ...(insecure ? { rejectUnauthorized: false } : {}),
  }
}

/**
 * @param {Context} context whose first argument is the server
 * @returns {Promise<ClientOptions>}
 */
async function clientOptions(context) {
  const { values, positionals, out } = context
  const target = readTarget(positionals[0])
  const options = tlsOptions(values)
  if (values.insecure) out.warn('--insecure: whoever is in between can read and change everything')
  const password = await readPassword(context)
  return {
    ...(target.path === undefined ? target : { port: target.path }),
    options,
    password,
    connectTimeout: values.timeout,
    requestTimeout: values.timeout,
    // Errors as answers.
    extensions: true,
  }
}

/** A client that has logged in, and what may happen to it. */
class Session {
  #leaving = false
  #closed

  /**
   * @param {Client} client
   * @param {number} timeout milliseconds
   * @param {() => Error | undefined} lastError
   */
  constructor(client, timeout, lastError) {
    this.client = client
    this.timeout = timeout
    this.#closed = new Promise(resolve => client.once('close', () => resolve(undefined)))
    /** Rejects when the server, or the network, ends the connection. @type {Promise<never>} */
    this.lost = new Promise((_, reject) => {
      client.once('close', () => {
        if (!this.#leaving) {
          reject(lastError() ?? new Failure('lost', 'the server ended the connection'))
        }
      })
    })
    // Who waits for nothing need not hear of it.
    this.lost.catch(() => {})
  }

  /**
   * Something to do while the connection lasts.
   *
   * @template T
   * @param {Promise<T>} work
   * @param {AbortSignal} signal
   * @returns {Promise<T>}
   */
  whileConnected(work, signal) {
    return Promise.race([work, this.lost, aborted(signal)])
  }

  /** Ends it in order: what was sent is written, what was asked is answered. */
  async leave() {
    this.#leaving = true
    await this.client.shutdown({ timeout: this.timeout })
  }

  /** Ends it now, and waits until that is done. */
  async end() {
    this.#leaving = true
    if (this.client.isConnected) {
      this.client.disconnect()
      await this.#closed
    }
  }
}

/**
 * @param {Context} context whose first argument is the server
 * @param {(client: Client) => void} [prepare] before anything can have happened
 * @returns {Promise<Session>} when the client is logged in
 */
async function login(context, prepare) {
  const options = await clientOptions(context)
  const client = new (tlsJson().Client)(options)
  /** @type {Error | undefined} */
  let last
  client.on('error', error => (last = error))
  prepare?.(client)
  try {
    await client.ready({ signal: context.signal })
  } catch (err) {
    client.disconnect()
    throw withDoctor(err, context)
  }
  return new Session(client, context.values.timeout, () => last)
}

/**
 * @param {unknown} err why it did not come to a login
 * @param {Context} context
 * @returns {unknown} the same, with who knows more
 */
function withDoctor(err, { positionals }) {
  const server = targetText(readTarget(positionals[0]))
  return withHint(err, `\`tls-json doctor ${server}\` looks for the cause.`)
}

/**
 * @param {AbortSignal} signal
 * @returns {Promise<never>} rejects with its reason
 */
function aborted(signal) {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason)
    else signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
}

module.exports = { CONNECTION, Session, aborted, clientOptions, login, readPair, withDoctor }
