'use strict'

// What Node knows of a connection that its own TLS carries, in the engine's terms; and what it can be told.

/** @typedef {import('node:tls').TLSSocket} TLSSocket */

/** Milliseconds that libuv gives a peer to answer: ten probes, one a second. */
const PROBING = 10_000

/**
 * Has the system find out that the peer of an idle connection has vanished; more Node does not let us do.
 * @param {TLSSocket} tls
 * @param {object} times
 * @param {number} times.deadPeerTimeout In milliseconds; 0 for as long as the system likes.
 * @param {number} [times.probeDelay] Of the user's own `keepAlive`.
 */
function probePeer(tls, { deadPeerTimeout, probeDelay }) {
  if (deadPeerTimeout === 0) return
  const delay = Math.max(1000, deadPeerTimeout - PROBING)
  tls.setKeepAlive(true, Math.min(probeDelay || delay, delay))
}

/**
 * The file descriptor, of which the system knows whether the peer takes what is sent.
 * @param {any} tls
 * @returns {number | undefined}
 */
function descriptorOf({ _handle: handle }) {
  return handle?.fd >= 0 ? handle.fd : undefined
}

/**
 * Both ends of a connection over TCP.
 * @param {TLSSocket} tls
 * @returns {{ local?: import('../../connection/connection-view').Endpoint, remote?: import('../../connection/connection-view').Endpoint }}
 */
function endsOf(tls) {
  const { localAddress, localFamily, localPort, remoteAddress, remoteFamily, remotePort } = tls
  return {
    local: endpoint(localAddress, localFamily, localPort),
    remote: endpoint(remoteAddress, remoteFamily, remotePort),
  }
}

/**
 * @param {string | undefined} address
 * @param {string | undefined} family
 * @param {number | undefined} port
 */
function endpoint(address, family, port) {
  if (address === undefined || family === undefined || port === undefined) return undefined
  return { address, family, port }
}

/**
 * @param {TLSSocket} tls
 * @returns {import('../../connection/connection-view').Details['parameters']}
 */
function parametersOf(tls) {
  const { name, standardName, version } = tls.getCipher()
  return {
    protocol: tls.getProtocol() ?? '',
    cipher: name,
    standardCipher: standardName,
    cipherVersion: version,
    serverName: null,
    alpn: tls.alpnProtocol || null,
  }
}

/**
 * @param {TLSSocket} tls
 * @returns {Buffer[]} DER, the peer's own first; up to the anchor where Node has built the chain
 */
function chainOf(tls) {
  const chain = []
  let certificate = tls.getPeerCertificate(true)
  // The last one is its own issuer, or has none.
  while (certificate?.raw !== undefined && chain.length < 100) {
    chain.push(certificate.raw)
    if (certificate.issuerCertificate === certificate) break
    certificate = certificate.issuerCertificate
  }
  return chain
}

/**
 * Shows on a connection's own socket what Node has found out with the handshake.
 * @param {import('../../connection/connection').Connection} connection
 * @param {TLSSocket} tls
 */
function showPeer({ details, socket }, tls) {
  Object.assign(details, { connected: true, ...endsOf(tls) })
  details.parameters = parametersOf(tls)
  details.chain = chainOf(tls)
  showAuthorization(socket, tls)
  // The types know less than Node gives.
  const { servername, alpnProtocol } = /** @type {any} */ (tls)
  socket.servername = servername ?? false
  socket.alpnProtocol = alpnProtocol ?? false
}

/**
 * Only whether it is authorized, for a peer that is refused.
 * @param {import('../../connection/socket').Socket} socket
 * @param {any} tls
 */
function showAuthorization(socket, { authorized, authorizationError }) {
  socket.authorized = authorized
  socket.authorizationError = authorizationError ?? null
}

module.exports = { descriptorOf, endsOf, probePeer, showPeer, showAuthorization }
