import type { DroppedMessages, UnconfirmedMessages } from './client'
import type { Socket as NetSocket } from 'node:net'
import type { Peer } from './peer'
import type { CodedError } from './errors'
import type { Socket } from './socket'

/** What answers a request. */
export interface Responder<Out = any> {
  /**
   * Sends the answer, which must be an object: it gets the request's id as `responseId`. Only the first answer counts.
   * @throws `ERR_INVALID_ARG_TYPE` if the answer is a primitive, and what `JSON.stringify` throws.
   */
  send(message: Out): void
  /**
   * Answers that the request has failed: it rejects at the other end with a `RemoteError`, which has name, message and
   * code of this error, and never its stack. A peer that does not announce that it understands this gets an ordinary
   * answer, `{ error: message }`. Both methods may be called without the object, as in `.catch(res.error)`.
   * @example server.on('request', (id, request, res) => Promise.resolve(request).then(res.send, res.error))
   */
  error(error: unknown): void
}

/** Events of a `Server`. The first argument is the id of the client. */
export interface ServerEvents<Out = any, In = any> {
  /**
   * A client sent the right password. From now on `send` and `request` reach it.
   * @example server.on('authenticated', (id, socket) => console.log(id, socket.remoteAddress))
   */
  authenticated: [id: number, socket: Socket]
  /**
   * A message was received.
   * @example server.on('message', (id, message) => server.send(id, { echo: message }))
   */
  message: [id: number, message: In]
  /**
   * A request was received; `res.send` or `res.error` answers it.
   * @example server.on('request', (id, request, res) => res.send({ sum: request.a + request.b }))
   */
  request: [id: number, request: In, res: Responder<Out>]
  /** A connection ended, for whatever reason; also one that never logged in. */
  close: [id: number]
  /**
   * `send` to an id that nobody has (`TLSJSON_NOT_CONNECTED`), or a connection failed: then 'close' follows. Without a
   * listener it is thrown, as `ERR_UNHANDLED_ERROR` if a connection failed.
   * @example server.on('error', (id, error) => console.error(id, error.code))
   */
  error: [id: number, error: CodedError]
  /** A client did not answer a ping within `keepAliveTimeout`. 'close' follows. */
  timeout: [id: number]
  /** Nothing is buffered for the client any more, after `needDrain(id)` was true. */
  drain: [id: number]
}

/** Events of a `Client`. */
export interface ClientEvents<Out = any, In = any> {
  /**
   * The server accepted the password. From now on `send` and `request` work. Emitted again after each reconnect.
   * @example client.on('authenticated', () => client.send({ hello: 'world' }))
   */
  authenticated: []
  /**
   * A message was received. `{ error: 'incorrect password' }` before 'authenticated' says that the login was rejected.
   * @example client.on('message', message => console.log(message))
   */
  message: [message: In]
  /**
   * A request was received; `res.send` or `res.error` answers it.
   * @example client.on('request', (request, res) => res.send({ sum: request.a + request.b }))
   */
  request: [request: In, res: Responder<Out>]
  /** The connection ended, or could not be made. */
  close: []
  /**
   * `send` without a login (`TLSJSON_NOT_CONNECTED`), or the connection failed: then 'close' follows. Without a listener
   * it is thrown.
   * @example client.on('error', error => console.error(error.code))
   */
  error: [error: CodedError]
  /** Emitted just before each attempt to connect again. */
  reconnectAttempt: []
  /** Nothing is buffered any more, after `needDrain` was true. */
  drain: []
  /**
   * The server will close within `after` milliseconds. At some time within that the client ends the connection in order, and
   * connects again, to the next of its `servers`. Only if it has announced that it understands this (`extensions`).
   */
  leave: [notice: { after: number }]
  /**
   * With a `queue`: these messages were never sent, and will not be.
   * @example client.on('dropped', ({ reason, count }) => console.error(`${count} messages dropped: ${reason}`))
   */
  dropped: [report: DroppedMessages]
  /** With a `queue`: a connection is gone that was given these messages, and it is not known whether they have arrived. */
  unconfirmed: [report: UnconfirmedMessages]
}

/** Events of a `Socket`. */
export interface SocketEvents {
  /** Client only: TCP is up. */
  connect: []
  /** Client only: TLS is up, and the server's certificate was accepted. */
  secureConnect: []
  /** A whole line of the peer, with its newline, before it is read as a message. */
  data: [line: string]
  /** The peer ended its side. */
  end: []
  /** Client only, if there is a listener when it connects: a secret of the connection, a line of an NSS key log. */
  keylog: [line: Buffer]
  /** Everything accepted by `write` was given to the operating system. */
  drain: []
  /** Our side was ended. */
  finish: []
  /** Nothing was sent or received for as long as `setTimeout` said. */
  timeout: []
  /** The connection failed. Only emitted if there is a listener. */
  error: [error: CodedError]
  /** The connection is closed. */
  close: [hadError: boolean]
}

/** Events of `server.tlsServer`. */
export interface TlsServerEvents {
  listening: []
  /** It no longer listens, and its last connection is closed. */
  close: []
  /** It cannot listen (`EADDRINUSE`, `EACCES` …). Without a listener it is thrown. */
  error: [error: CodedError]
  /** A handshake is done; the client has not logged in yet. */
  secureConnection: [socket: Socket]
  /** A secret of a client's connection, a line of an NSS key log. Computed only while there is a listener. */
  keylog: [line: Buffer, socket: Socket | Peer]
  /** TCP is up with a client. With `emit`: hands over a `net.Socket` that was accepted elsewhere. */
  connection: [socket: Peer | NetSocket]
  /** A handshake failed; its connection is closed. */
  tlsClientError: [error: CodedError, peer: Peer]
  /** The next three are events of Node's own TLS, which is used as soon as there is a listener: see `transport`. */
  newSession: [id: Buffer, data: Buffer, done: () => void]
  resumeSession: [id: Buffer, done: (error: Error | null, data: Buffer | null) => void]
  OCSPRequest: [
    certificate: Buffer,
    issuer: Buffer,
    done: (error: Error | null, answer: Buffer | null) => void,
  ]
}

export {} // Without this everything above would be exported.
