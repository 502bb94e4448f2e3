'use strict'

// What is probably a mistake, and is done all the same: each is told once in a process.

/** What was told. @type {Set<string>} */
const told = new Set()

/**
 * Warns, once in a process.
 * @param {string} code
 * @param {string} message
 * @param {string} [about] Where a code stands for several, which.
 */
function warnOnce(code, message, about = '') {
  const key = `${code} ${about}`
  if (told.has(key)) return
  told.add(key)
  process.emitWarning(message, { code })
}

/** A server without a password accepts every client that sends none. */
function noPassword() {
  warnOnce(
    'TLSJSON_NO_PASSWORD',
    'A tls-json server has no password: every client that sends none is accepted. Set `password` in its configuration.',
  )
}

/** A client that was refused tries for ever. */
function refusal() {
  warnOnce(
    'TLSJSON_PASSWORD_REFUSED',
    'A tls-json client was refused by its server and will try again for ever, because of its `reconnectInterval`. ' +
      "Give it the server's `password`; or call `disconnect()` when a 'message' with an `error` comes before 'authenticated'.",
  )
}

/** A server listens and has nothing to show that it is the right one. */
function noCertificate() {
  warnOnce(
    'TLSJSON_NO_CERTIFICATE',
    'A tls-json server listens without a certificate: no client can connect. Give it `key` and `cert` in the `options` ' +
      'of its configuration, or by `tlsServer.setSecureContext`.',
  )
}

/**
 * An option that nobody reads has almost the name of one that is not given.
 * @param {string} role
 * @param {string} name
 * @param {string} known
 */
function unknownOption(role, name, known) {
  warnOnce(
    'TLSJSON_UNKNOWN_OPTION',
    `A tls-json ${role} has an option \`${name}\`, which means nothing. Is \`${known}\` meant?`,
    name,
  )
}

/** An answer that cannot carry the id of its request. */
function lostAnswer() {
  warnOnce(
    'TLSJSON_NO_ANSWER',
    'An array or a function was given to `res.send` of tls-json: it cannot carry the id of its request, which will time ' +
      'out at the other end. Put it into an object, as in `{ value: … }`.',
  )
}

/**
 * A cluster has an error that nobody listens for. Once for each code.
 * @param {any} error What a program's own function throws may be anything, and its code a number.
 */
function unheardCluster(error) {
  const message = error?.message ?? String(error)
  warnOnce(
    String(error?.code ?? 'ERROR'),
    `A tls-json cluster has an error, and nobody listens for it: ${message}. Listen to 'error' of the Cluster, with (id, error).`,
  )
}

module.exports = { lostAnswer, noCertificate, noPassword, refusal, unheardCluster, unknownOption }
