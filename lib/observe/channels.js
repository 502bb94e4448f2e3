'use strict'

// What can be subscribed to with node:diagnostics_channel. docs/reference/observability.md says what each message holds.

const { channel } = require('node:diagnostics_channel')

/** Nothing is made for a channel without subscribers. */
const channels = Object.freeze({
  /** A client's TLS is up; it has an id, and has not logged in. */
  serverConnection: channel('tls-json:server:connection'),
  /** A client was authenticated. */
  serverAuthenticated: channel('tls-json:server:authenticated'),
  /** A client's password was wrong. */
  serverRefused: channel('tls-json:server:refused'),
  /** Whether a client is authenticated could not be said: `authenticate` failed, or did not answer. It is rejected. */
  serverAuthenticateError: channel('tls-json:server:authenticate-error'),
  /** A client's certificate was refused: there is no connection. */
  serverCertificateRefused: channel('tls-json:server:certificate-refused'),
  /** TCP is up; TLS comes next. */
  clientConnect: channel('tls-json:client:connect'),
  /** TLS is up, and the server's certificate good. */
  clientSecure: channel('tls-json:client:secure'),
  /** The server has let us in. */
  clientAuthenticated: channel('tls-json:client:authenticated'),
  /** The server has refused us. */
  clientRefused: channel('tls-json:client:refused'),
  /** There was no connection, or no TLS. */
  clientConnectError: channel('tls-json:client:connect-error'),
  /** The next attempt to connect follows. */
  clientReconnectAttempt: channel('tls-json:client:reconnect-attempt'),
  /** Messages of a client's queue will not be sent. */
  clientDropped: channel('tls-json:client:dropped'),
  /** A connection is gone, and of messages that it was given nobody knows whether they have arrived. */
  clientUnconfirmed: channel('tls-json:client:unconfirmed'),
  /** A connection whose TLS was up failed, or met a limit. Its close follows. */
  connectionCut: channel('tls-json:connection:cut'),
  /** A connection is gone, or could not be made. */
  connectionClose: channel('tls-json:connection:close'),
  /** A request is sent. */
  requestStart: channel('tls-json:request:start'),
  /** A request was answered, or given up. */
  requestSettle: channel('tls-json:request:settle'),
})

module.exports = { channels }
