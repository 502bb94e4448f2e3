'use strict'

const path = require('node:path')
const { pathToFileURL } = require('node:url')

const { readPair } = require('../cli/connection')
const { readPem } = require('../cli/files')
const { PASSWORD, readPassword } = require('../cli/password')
const { asksForStats } = require('../cli/stats-request')
const { readTarget, targetText } = require('../cli/target')
const { UsageError } = require('../cli/usage-error')
const { tlsJson } = require('../package')

/** @typedef {import('../cli/types').Context} Context */
/** @typedef {import('../..').Server} Server */
/** @typedef {(request: any, client: { id: number, server: Server }) => unknown} Answer */

/**
 * @param {string} file
 * @returns {Promise<Answer>}
 */
async function answerOf(file) {
  const { href } = pathToFileURL(path.resolve(file))
  /** @type {any} */
  let exported
  try {
    exported = await import(href)
  } catch (err) {
    // Who asked for it is known.
    const [why] = /** @type {Error} */ (err).message.split(' imported from ')
    throw new UsageError(`--on-request: ${file}: ${why}`)
  }
  if (typeof exported.default !== 'function') {
    throw new UsageError(`--on-request: ${file} exports no function`)
  }
  return exported.default
}

/**
 * @param {Server} server
 * @param {Context} context
 * @param {Answer | undefined} answer
 */
function tellEvents(server, { out, values }, answer) {
  const tell = (/** @type {Record<string, any>} */ event, /** @type {string} */ text) =>
    out.result(event, text)
  server.on('authenticated', (id, { remoteAddress, remotePort }) => {
    const from = remoteAddress === undefined ? '' : ` ${remoteAddress}:${remotePort}`
    tell({ event: 'authenticated', id, remoteAddress, remotePort }, `${id} logged in${from}`)
  })
  server.on('message', (id, message) => {
    tell({ event: 'message', id, message }, `${id} message ${JSON.stringify(message)}`)
    if (values.echo) server.send(id, message)
  })
  server.on('request', async (id, request, res) => {
    tell({ event: 'request', id, request }, `${id} request ${JSON.stringify(request)}`)
    if (values.stats && asksForStats(request)) return res.send(server.stats())
    if (answer === undefined) {
      if (values.echo) res.send(request)
      return
    }
    try {
      res.send(await answer(request, { id, server }))
    } catch (err) {
      tell({ event: 'error', id, message: String(err) }, `${id} --on-request failed: ${err}`)
      res.error(err)
    }
  })
  server.on('close', id => tell({ event: 'close', id }, `${id} closed`))
  server.on('error', (id, error) => {
    const { code, message } = /** @type {import('../..').CodedError} */ (error)
    tell({ event: 'error', id, code, message }, `${id} error ${message}`)
  })
  server.tlsServer.on('tlsClientError', (error, socket) => {
    const { code, message } = /** @type {import('../..').CodedError} */ (error)
    const { remoteAddress, authorizationError } = socket ?? {}
    const why = authorizationError ? ` (${authorizationError})` : ''
    tell(
      { event: 'tlsClientError', code, message, remoteAddress, authorizationError },
      `- handshake of ${remoteAddress ?? 'a client'} failed: ${message}${why}`,
    )
  })
}

/** @type {import('../cli/types').Command} */
const command = {
  summary: 'Be a server that prints what its clients do',
  usage: ['[host:]port --cert FILE --key FILE', 'unix:/path --cert FILE --key FILE'],
  options: {
    cert: { type: 'string', value: 'FILE', description: 'the certificate of the server' },
    key: { type: 'string', value: 'FILE', description: 'its private key' },
    'client-ca': {
      type: 'string',
      value: 'FILE',
      description: 'demands of clients a certificate that these issued',
    },
    ...PASSWORD,
    echo: { type: 'boolean', description: 'sends messages back, and requests as their answers' },
    'on-request': {
      type: 'string',
      value: 'FILE',
      description:
        'a module; the function that it exports is called with each request, and gives the answer',
    },
    stats: { type: 'boolean', description: 'answers `tls-json watch`' },
  },
  examples: [
    [
      'tls-json listen 8888 --cert localhost.crt --key localhost.key --echo',
      'on this machine only; answers everything with itself',
    ],
    [
      'tls-json listen 0.0.0.0:8888 --cert a.crt --key a.key --password-file secret',
      'for others, who have to know the password',
    ],
  ],
  async run(context) {
    const { values, positionals, out, signal } = context
    const target = readTarget(positionals[0], '127.0.0.1')
    if (values.cert === undefined || values.key === undefined) {
      throw new UsageError('--cert and --key are needed; `tls-json cert make` makes them')
    }
    const ca = values['client-ca']
    const password = await readPassword(context)
    const answer = values['on-request'] && (await answerOf(values['on-request']))
    const server = new (tlsJson().Server)({
      options: {
        ...readPair(values.cert, values.key),
        ...(ca === undefined
          ? {}
          : {
              ca: readPem('client-ca', ca, 'a certificate'),
              requestCert: true,
              rejectUnauthorized: true,
            }),
      },
      password,
    })
    tellEvents(server, context, answer)
    await new Promise((resolve, reject) => {
      server.tlsServer.once('error', reject)
      const { path: socketPath, host, port } = target
      server.listen(socketPath === undefined ? { host, port } : { path: socketPath }, () =>
        resolve(undefined),
      )
    })
    const address = server.tlsServer.address()
    const where =
      target.path === undefined
        ? targetText({
            host: target.host,
            port: /** @type {import('node:net').AddressInfo} */ (address).port,
          })
        : targetText(target)
    out.result({ event: 'listening', address: where }, `listening on ${where}`)
    await new Promise(resolve => {
      if (signal.aborted) resolve(undefined)
      else signal.addEventListener('abort', resolve, { once: true })
    })
    const { left, cut } = await server.shutdown({ timeout: 2000, spread: 0 })
    out.note(`ended; ${left + cut} ${left + cut === 1 ? 'client was' : 'clients were'} connected`)
  },
}

module.exports = command
