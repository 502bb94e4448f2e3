'use strict'

// What keeps clients out: each cause with what it is, and what mends it.

/** @typedef {import('../cli/exit-codes').Kind} Kind */

/**
 * @typedef {object} Cause
 * @property {string} id
 * @property {Kind} kind for the exit code
 * @property {string} what
 * @property {string[]} remedies
 */

/**
 * @param {string} id
 * @param {Kind} kind
 * @param {string} what
 * @param {...string} remedies
 * @returns {Cause}
 */
function cause(id, kind, what, ...remedies) {
  return { id, kind, what, remedies }
}

const PORT = 'Check host and port: does the server listen there?'

/** Of the network. */
const network = {
  /** @param {string} host */
  unknownName: host =>
    cause(
      'unknown-name',
      'connect',
      `The name ${host} has no address.`,
      'Check its spelling, and the name servers of this machine (`getent hosts NAME`).',
    ),
  noNameServer: () =>
    cause(
      'no-name-server',
      'connect',
      'No name server has answered.',
      'Try again; look whether this machine is in a network, and at /etc/resolv.conf.',
    ),
  nothingListens: () =>
    cause(
      'nothing-listens',
      'connect',
      'Nothing listens there: the machine answers, and refuses the connection.',
      'Start the server, or check the port.',
      'A server that listens on 127.0.0.1 alone is not reached from another machine.',
    ),
  noAnswer: () =>
    cause(
      'no-answer',
      'timeout',
      'No answer to TCP: a firewall drops it, or the machine is gone.',
      'Check host and port, and the firewalls in between; a longer --timeout if the way is slow.',
    ),
  unreachable: () =>
    cause(
      'unreachable',
      'connect',
      'There is no way to that address.',
      'Look at the network of this machine: routes, VPN, IPv6.',
    ),
  /** @param {string} path */
  noSocket: path =>
    cause(
      'nothing-listens',
      'connect',
      `Nothing listens at ${path}: it is not there, is no socket, or its server has ended.`,
      'Start the server, or check the path.',
    ),
  /** @param {boolean} isPath */
  noRights: isPath =>
    cause(
      'no-rights',
      'connect',
      'This user may not connect to it.',
      isPath
        ? 'Look at the rights of the path: a socket must be writable, its folders searchable.'
        : 'Look at the firewall of this machine, and at the sandbox or container that this runs in.',
    ),
  /** @param {string} message of the system */
  failed: message =>
    cause(
      'connect-failed',
      'connect',
      `This machine has not even tried: ${message}.`,
      'Look at the address; a link-local one wants its interface: [fe80::1%eth0]:port.',
      'Or has the machine run out of ports (EADDRNOTAVAIL), or this user of open files (EMFILE)?',
    ),
}

/** Of what stands at the other end of TCP. */
const peer = {
  plainHttp: () =>
    cause(
      'plain-http',
      'connect',
      'The port speaks HTTP without TLS: a web server, or a proxy in between.',
      PORT,
      'If a proxy is in between: let it pass TCP through, as it is.',
    ),
  /** @param {string} protocol */
  otherProtocol: protocol =>
    cause('not-tls', 'connect', `The port speaks ${protocol}, not TLS.`, PORT),
  closesAtOnce: () =>
    cause(
      'closes-at-once',
      'connect',
      'It takes the connection and closes it without a word: a proxy or load balancer whose server is not there, or a port that does not speak TLS.',
      'Look at the proxy (its log, its list of servers), or try from where the server runs.',
      'A server closes at once, too, if its maxConnections is reached, or after maxFailedLogins.',
    ),
  silent: () =>
    cause(
      'silent',
      'timeout',
      'It takes the connection and says nothing: a busy or hanging server, or a port that does not speak TLS.',
      'Look at the server: is its process busy, is it in a debugger?',
      PORT,
    ),
  /** @param {string} versions */
  version: versions =>
    cause(
      'tls-version',
      'connect',
      `The server speaks ${versions} only; this package speaks TLS 1.2 and 1.3.`,
      'Let the server speak TLS 1.2 or 1.3.',
      "Or, for an old server, have Node's own TLS carry the client: options: { minVersion: 'TLSv1', ciphers: 'DEFAULT@SECLEVEL=0' }",
    ),
  parameters: () =>
    cause(
      'no-common-parameters',
      'connect',
      'Both speak TLS, but have no cipher suite, group or signature in common.',
      "Compare the server's `ciphers` and `ecdhCurve` with what was offered, above.",
      'A server without key and certificate refuses everybody in this way, too.',
    ),
  unknownServerName: () =>
    cause(
      'unknown-servername',
      'connect',
      'The server has no certificate for the name that was asked for.',
      'Ask for the right one: --servername NAME, in a program options.servername.',
    ),
  /** @param {string} text */
  alert: text =>
    cause(
      'tls-alert',
      'connect',
      `The server has ended the handshake: ${text}.`,
      'Look at its log.',
    ),
}

/** Of the login. */
const login = {
  wrongPassword: () =>
    cause(
      'wrong-password',
      'refused',
      'The server has refused the password.',
      'Check it: case, white space at the end, and its type (a number is no text; --password-json).',
    ),
  noPassword: () =>
    cause(
      'no-password',
      'refused',
      'The server wants a password, and none was given.',
      'Give it: --password-file FILE, or TLSJSON_PASSWORD in the environment.',
    ),
  clientCertificateMissing: () =>
    cause(
      'client-certificate-missing',
      'certificate',
      'The server demands a certificate of its clients, and none was given.',
      'Give one: --cert FILE --key FILE, in a program options.cert and options.key.',
    ),
  clientCertificateRefused: () =>
    cause(
      'client-certificate-refused',
      'certificate',
      'The server asked for a certificate, got ours, and closed the connection: it does not accept it.',
      "Its issuer must be in the server's options.ca; it must be in date, and fit for clients (clientAuth).",
      'The server has the reason: server.stats().handshakes.failures, or NODE_DEBUG=tls-json.',
    ),
  https: () =>
    cause(
      'https',
      'connect',
      'TLS is right, but behind it HTTP is spoken: a web server, or a proxy that ends TLS in between.',
      PORT,
      'A proxy in between must pass TCP through (`mode tcp`, `stream`), not HTTP.',
    ),
  /** @param {string} text */
  otherProtocol: text =>
    cause(
      'not-tls-json',
      'connect',
      `TLS is right, but the server is no tls-json server: it says ${text}.`,
      PORT,
    ),
  noAnswer: () =>
    cause(
      'no-login-answer',
      'timeout',
      'TLS is up, but the login is not answered: a hanging server, or one that speaks something else.',
      'Look at the server; does it wait in `authenticate`? Is it a tls-json server?',
    ),
  closed: () =>
    cause(
      'closed-at-login',
      'lost',
      'The server closed the connection instead of an answer to the login.',
      'Look at its log. Too many wrong passwords before (maxFailedLogins)? Is it a tls-json server?',
    ),
  /** @param {string} message */
  failed: message =>
    cause(
      'login-failed',
      'failed',
      `The connection has broken at the login: ${message}.`,
      'Look at the server, and at what is in between.',
    ),
}

module.exports = { cause, login, network, peer }
