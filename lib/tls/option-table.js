'use strict'

const { constants } = require('node:crypto')
const net = require('node:net')
const { inspect } = require('node:util')
const { unsupportedOption } = require('../errors')
const { isContextReplaced } = require('./context-owner')

/** @typedef {Record<string, any>} TlsOptions the user's `options`, as for `tls.connect` or `tls.createServer` */
/** @typedef {'server' | 'client'} Role */
/** @typedef {'rust' | 'js' | 'ignored' | 'node'} Handling */

/**
 * What becomes of an option.
 *
 * @typedef {object} Rule
 * @property {Handling} handling `rust`: by the engine. `js`: by this package's JavaScript.
 *   `ignored`: has no effect that could be seen. `node`: only by Node's own TLS, unless harmless
 * @property {Role} [role] the only role Node itself reads it in; both when absent
 * @property {(value: any) => boolean} [harmless] true for values that ask for nothing special
 */

/**
 * @param {unknown} value
 * @returns {boolean}
 */
const isNothing = value => value == null

/**
 * @param {unknown} value
 * @returns {boolean}
 */
const isFalsy = value => !value

/**
 * @param {unknown} value
 * @returns {boolean}
 */
const isNoneOrEmpty = value => value == null || (Array.isArray(value) && value.length === 0)

/** The bits of `secureOptions` that switch a version off, and the one that says what `honorCipherOrder` does. */
const SHOWN_BITS =
  constants.SSL_OP_NO_TLSv1_2 |
  constants.SSL_OP_NO_TLSv1_3 |
  constants.SSL_OP_CIPHER_SERVER_PREFERENCE

/** @type {Rule} */
const rust = { handling: 'rust' }
/** @type {Rule} */
const js = { handling: 'js', role: 'client' }
/** @type {Rule} */
const jsOfServer = { handling: 'js', role: 'server' }
/** @type {Rule} */
const ignored = { handling: 'ignored' }

/**
 * Every option Node knows; others are ignored, as Node ignores them.
 *
 * @type {Readonly<Record<string, Rule>>}
 */
const table = Object.freeze({
  key: rust,
  cert: rust,
  passphrase: rust,
  ca: rust,
  minVersion: rust,
  maxVersion: rust,
  ciphers: rust,
  ecdhCurve: rust,
  sigalgs: rust,
  honorCipherOrder: { handling: 'rust', role: 'server' },
  ALPNProtocols: rust,
  // A tls.Server does not pass it on: a server trusts no more than Node's.
  allowPartialTrustChain: { handling: 'rust', role: 'client' },
  requestCert: { handling: 'rust', role: 'server' },
  rejectUnauthorized: rust,
  handshakeTimeout: { handling: 'rust', role: 'server' },
  ALPNCallback: jsOfServer,
  servername: { handling: 'rust', role: 'client' },
  localAddress: { handling: 'rust', role: 'client' },
  localPort: { handling: 'rust', role: 'client' },

  checkServerIdentity: js,
  host: js,
  port: js,
  path: js,
  lookup: js,
  family: js,
  hints: js,
  autoSelectFamily: js,
  autoSelectFamilyAttemptTimeout: js,
  timeout: js,
  signal: js,
  allowHalfOpen: { handling: 'js' },
  // Of Nodes before 22 a server does not read it.
  blockList: jsOfServer,
  // tls.connect passes them on to nobody.
  keepAlive: { handling: 'rust', role: 'server' },
  keepAliveInitialDelay: { handling: 'rust', role: 'server' },

  // The engine has no finite-field Diffie-Hellman, no resumption that shows, and sends at once.
  dhparam: ignored,
  minDHSize: { handling: 'ignored', role: 'client' },
  sessionTimeout: ignored,
  sessionIdContext: ignored,
  ticketKeys: ignored,
  session: { handling: 'ignored', role: 'client' },
  pskIdentityHint: ignored,
  certificateCompression: ignored,
  requestOCSP: { handling: 'ignored', role: 'client' },
  enableTrace: ignored,
  noDelay: ignored,
  onread: { handling: 'ignored', role: 'client' },
  pauseOnConnect: { handling: 'ignored', role: 'server' },
  highWaterMark: ignored,
  // Of net.Socket: tls.connect does not pass them on.
  fd: { handling: 'ignored', role: 'client' },
  readable: { handling: 'ignored', role: 'client' },
  writable: { handling: 'ignored', role: 'client' },

  pfx: { handling: 'node', harmless: isNothing },
  crl: { handling: 'node', harmless: isNoneOrEmpty },
  secureProtocol: { handling: 'node', harmless: isFalsy },
  // The other bits are about what the engine has not.
  secureOptions: { handling: 'node', harmless: value => (value & SHOWN_BITS) === 0 },
  secureContext: { handling: 'node', role: 'client', harmless: isFalsy },
  clientCertEngine: { handling: 'node', harmless: isNothing },
  privateKeyEngine: { handling: 'node', harmless: isNothing },
  privateKeyIdentifier: { handling: 'node', harmless: isNothing },
  pskCallback: { handling: 'node', harmless: isFalsy },
  SNICallback: { handling: 'node', role: 'server', harmless: isFalsy },
  socket: { handling: 'node', role: 'client', harmless: isFalsy },
})

/** What only Node's own TLS can do, by role: it is looked for at each connect. */
const ofNode = Object.freeze({ client: rulesOfNode('client'), server: rulesOfNode('server') })

/**
 * @param {Role} role
 * @returns {[name: string, rule: Rule][]}
 */
function rulesOfNode(role) {
  return Object.entries(table).filter(
    ([, rule]) => rule.handling === 'node' && (rule.role ?? role) === role,
  )
}

/**
 * @param {unknown} value
 * @returns {string} in a few characters
 */
function brief(value) {
  const text = inspect(value, {
    depth: 0,
    maxArrayLength: 3,
    maxStringLength: 40,
    breakLength: Infinity,
  })
  return text.length > 80 ? `${text.slice(0, 77)}...` : text
}

/**
 * @param {TlsOptions | null | undefined} options that Node has accepted
 * @param {Role} role
 * @returns {string | null} the first option that only Node's own TLS can honour, or its function that somebody has
 *   replaced; null if none
 */
function needsNode(options, role) {
  if (isContextReplaced()) return 'createSecureContext'
  for (const [name, rule] of ofNode[role]) {
    const value = options?.[name]
    if (value !== undefined && !rule.harmless?.(value)) return name
  }
  return null
}

/**
 * What rustls takes for a DNS name, and sends as it is: it would leave out a dot at the end.
 *
 * @param {string} name
 * @returns {boolean}
 */
function isDnsName(name) {
  const labels = name.split('.')
  const fine = labels.every(label => /^(?!-)[A-Za-z0-9_-]{1,63}(?<!-)$/.test(label))
  return fine && name.length <= 253 && !/^\d+$/.test(labels[labels.length - 1])
}

/**
 * @param {string | undefined} servername
 * @returns {string | null} what goes into the ClientHello; null for nothing, as for an address
 * @throws {Error} TLSJSON_UNSUPPORTED_OPTION for what cannot be sent
 */
function sniOf(servername) {
  if (!servername || net.isIP(servername) !== 0) return null
  if (isDnsName(servername)) return servername
  throw unsupportedOption('servername', brief(servername), 'use a host name, in its ASCII form')
}

module.exports = { brief, needsNode, sniOf, table }
