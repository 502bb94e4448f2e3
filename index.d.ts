/// <reference types="node" />

import type { X509Certificate } from 'node:crypto'
import { EventEmitter } from 'node:events'
import type { AddressInfo, ListenOptions, Socket as NetSocket, TcpNetConnectOpts } from 'node:net'
import type {
  CipherNameAndProtocol,
  ConnectionOptions,
  DetailedPeerCertificate,
  EphemeralKeyInfo,
  PeerCertificate,
  SecureContextOptions,
  TlsOptions,
} from 'node:tls'
import type { Peer } from './lib/transport/rustls/peer-types'
export type { Peer }

/** Codes of this package's own errors, of its warnings, and of what ends connections: docs/reference/errors.md explains them. */
export type ErrorCode =
  | 'TLSJSON_NOT_CONNECTED'
  | 'TLSJSON_REQUEST_TIMEOUT'
  | 'TLSJSON_CONNECTION_LOST'
  | 'TLSJSON_CONNECT_TIMEOUT'
  | 'TLSJSON_UNSUPPORTED_OPTION'
  | 'TLSJSON_NO_BINARY'
  | 'TLSJSON_LOGIN_TOO_LONG'
  | 'TLSJSON_MESSAGE_TOO_LONG'
  | 'TLSJSON_BUFFER_FULL'
  | 'TLSJSON_TOO_MANY_HANDSHAKES'
  | 'TLSJSON_LOGIN_TIMEOUT'
  | 'TLSJSON_KEEPALIVE_TIMEOUT'
  | 'TLSJSON_NOT_ENDED'
  | 'TLSJSON_SILENCE'
  | 'TLSJSON_NO_PASSWORD'
  | 'TLSJSON_PASSWORD_REFUSED'
  | 'TLSJSON_NO_CERTIFICATE'
  | 'TLSJSON_UNKNOWN_OPTION'
  | 'TLSJSON_NO_ANSWER'
  | 'TLSJSON_CANNOT_START'
  | 'TLSJSON_INTERNAL'

/** An error with one of this package's codes, or with Node's. */
export interface CodedError extends Error {
  code?: ErrorCode | (string & {})
  errno?: number
  syscall?: string
  address?: string
  port?: number
}

/**
 * What carries connections: rustls, or Node's own TLS where options need that, or where the environment has
 * `TLSJSON_TRANSPORT=node`.
 */
export type Transport = 'rustls' | 'node'

/** What `tls.createServer` takes. */
export type ServerTlsOptions = TlsOptions

/** What `tls.connect` takes. Its host, port and path win. */
export type ClientTlsOptions = ConnectionOptions & Omit<TcpNetConnectOpts, 'port'>

/** Bounds of a connection, on both ends. `Infinity` for none. */
export interface ConnectionLimits {
  /** Bytes of one message, its newline not counted. The peer is cut with `TLSJSON_MESSAGE_TOO_LONG`. 64 MiB by default. */
  maxMessageBytes?: number
  /**
   * Bytes that may wait for a peer that does not read as fast as we send. It is cut with `TLSJSON_BUFFER_FULL`. 256 MiB
   * by default.
   */
  maxBufferedBytes?: number
  /**
   * Milliseconds after which a peer whose host is gone, or whose network is cut, is noticed: 'error' with `ETIMEDOUT`,
   * then 'close'. A peer that is slow or does not read is not meant. 60,000 by default; 0 for as long as the system
   * likes.
   */
  deadPeerTimeout?: number
}

/** How often each limit of a server was met, by the name of its option. */
export interface LimitCounts {
  handshakeTimeout: number
  maxHandshakes: number
  authTimeout: number
  maxLoginBytes: number
  /** Wrong passwords, limited or not. */
  failedLogins: number
  /** Connections refused at once because of earlier failed logins. */
  maxFailedLogins: number
  maxMessageBytes: number
  /** Clients cut for what waited for them; those cut for `maxTotalBufferedBytes` too. */
  maxBufferedBytes: number
}

/**
 * How often something happened, by the code of its reason: one of this package's or of Node's, or `'ERROR'` for an error
 * without one. At most 64 are told apart; further ones are counted as `'other'`.
 */
export type Reasons = Record<string, number>

/** What a server and a client count alike. */
interface Stats {
  /** TLS handshakes. */
  handshakes: {
    succeeded: number
    failed: number
    failures: Reasons
  }
  logins: {
    accepted: number
    /** Wrong passwords. */
    refused: number
  }
  /** Messages, requests and answers. Not logins, pings, lines that are no JSON, or what `socket.write` wrote. */
  messages: {
    /** Handed to the program. */
    received: number
    /** Accepted by `send`, `request`, `res.send` and `broadcast`, whose message counts for each client that it goes to. */
    sent: number
    /** Given to them when the connection was on its way out, which nobody was told: they are lost. */
    dropped: number
  }
  /** Bytes of plaintext, of whatever kind. */
  bytes: {
    received: number
    /** Accepted, written or not. What was sent in the present tick is added at its end. */
    sent: number
  }
  /** Bytes that wait now. */
  queued: {
    /** Whole lines received that the program has not taken. */
    inbound: number
    /** Accepted and not yet encrypted. */
    outbound: number
  }
  /** Requests of our own: `sent` is the sum of the others. */
  requests: {
    sent: number
    answered: number
    /** Rejected with `TLSJSON_REQUEST_TIMEOUT`. */
    timedOut: number
    /** Rejected with `TLSJSON_CONNECTION_LOST`. */
    lost: number
    /** Waiting now. */
    pending: number
  }
  /** Connections whose TLS was up and that a failure or a limit ended; each counts once. */
  cuts: {
    total: number
    reasons: Reasons
  }
}

/** What `server.stats()` gives: counts since the server was made, unless it says "now". */
export interface ServerStats extends Stats {
  connections: {
    /** With an id, now. */
    open: number
    /** Logged in, now. */
    loggedIn: number
    /** With an id, in all. */
    total: number
    /** Closed at once, before the handshake, because of these. */
    turnedAway: { maxConnections: number; maxFailedLogins: number }
  }
  pings: {
    sent: number
    answered: number
    /** Not answered in time. */
    missed: number
  }
}

/** What `client.stats()` gives: counts since the client was made, over all of its connections, unless it says "now". */
export interface ClientStats extends Stats {
  /** Attempts to connect. */
  attempts: {
    total: number
    /** Those made because of `reconnectInterval`. */
    reconnects: number
    /** Those that came to no TCP connection. */
    failed: number
    failures: Reasons
  }
  connections: {
    /** TCP is up now: 1 or 0. */
    open: number
    /** Logged in now: 1 or 0. */
    loggedIn: number
    /** TCP was up, in all. */
    total: number
  }
  pings: {
    /** Pings of the server that were answered. */
    answered: number
  }
}

/** Which connection of which server or client a message of a diagnostics channel is about. */
export type Whose = OfServer | OfClient

/** `server` is not enumerable, so that nobody prints its password by printing the message. */
export interface OfServer {
  readonly server: Server
  readonly client?: undefined
  id: number
  socket: Socket
}

/** `client` is not enumerable. */
export interface OfClient {
  readonly client: Client
  readonly server?: undefined
  socket: Socket
}

/** What the channels of `node:diagnostics_channel` publish, by their names. docs/reference/observability.md tells of each. */
export interface Channels {
  'tls-json:server:connection': OfServer
  'tls-json:server:authenticated': OfServer
  'tls-json:server:refused': OfServer
  'tls-json:server:certificate-refused': {
    readonly server: Server
    /** OpenSSL's, of what is wrong with it. */
    code: string
    remoteAddress: string | undefined
    remotePort: number | undefined
  }
  'tls-json:client:connect': OfClient
  'tls-json:client:secure': OfClient
  'tls-json:client:authenticated': OfClient
  'tls-json:client:refused': OfClient
  'tls-json:client:connect-error': OfClient & { code: string; error: CodedError }
  'tls-json:client:reconnect-attempt': { readonly client: Client }
  /** `error` where there is one: not for the three codes that are no errors. */
  'tls-json:connection:cut': Whose & { code: string; error: CodedError | undefined }
  'tls-json:connection:close': Whose
  /** `request` is the object that was given to `request`. */
  'tls-json:request:start': Whose & { requestId: number; request: unknown }
  /** `duration` in milliseconds. */
  'tls-json:request:settle': Whose & {
    requestId: number
    request: unknown
    outcome: 'answered' | 'timeout' | 'lost'
    duration: number
  }
}

/** What a `Server` is made from. */
export interface ServerOptions extends ConnectionLimits {
  /** As for `tls.createServer`. */
  options?: ServerTlsOptions
  /**
   * What clients must send; compared by type and value. Without it every client that sends none is
   * let in, and the process is warned once with the code `TLSJSON_NO_PASSWORD`.
   */
  password?: unknown
  /** Milliseconds until a request is given up. 0 means the default, 10,000. */
  requestTimeout?: number
  /** Milliseconds from one ping to the next. 0 means the default, 10,000. */
  keepAliveInterval?: number
  /** Milliseconds that a client has to answer a ping. 0 means the default, 5,000. */
  keepAliveTimeout?: number
  /** Milliseconds from the end of the handshake in which a client must log in; 0 for no limit. 30,000 by default. */
  authTimeout?: number
  /** Bytes a client may send before it is let in. It is cut with `TLSJSON_LOGIN_TOO_LONG`. 65,536 by default. */
  maxLoginBytes?: number
  /**
   * Bytes that may wait for all clients together. The one for which most wait is cut with `TLSJSON_BUFFER_FULL`. 1 GiB by
   * default.
   */
  maxTotalBufferedBytes?: number
  /** Handshakes under way at a time; the oldest gives way to a later one. 4,096 by default. */
  maxHandshakes?: number
  /**
   * Wrong passwords of one address (of IPv6: of one network of 64 bits) in a minute; then its connections are closed at
   * once for the rest of that minute. Any number by default.
   */
  maxFailedLogins?: number
}

/** What a `Client` is made from. All but the two times is read again at each connect. */
export interface ClientOptions extends ConnectionLimits {
  /** As for `tls.connect`. */
  options?: ClientTlsOptions
  /** `'localhost'` by default. */
  host?: string
  /** A port, a numeric string, or the path of a Unix domain socket. */
  port?: number | string
  /** What the server asks for. */
  password?: unknown
  /** Milliseconds from a lost connection to the next attempt. 0, the default, for never. */
  reconnectInterval?: number
  /**
   * Milliseconds for an attempt: to look up the name, connect, do the TLS handshake and log in, all together. Then the
   * attempt fails with `TLSJSON_CONNECT_TIMEOUT`, and is followed by the next one, if there is a `reconnectInterval`.
   * 150,000 by default; 0 for any time.
   */
  connectTimeout?: number
  /**
   * Milliseconds after which a server that sends nothing is left with `TLSJSON_SILENCE`; then it is reached anew, if
   * there is a `reconnectInterval`. 0, the default, for never. Not below the server's `keepAliveInterval`, at which it
   * pings: 10,000 unless it says otherwise.
   */
  silenceTimeout?: number
  /** Milliseconds until a request is given up. 0 means the default, 10,000. */
  requestTimeout?: number
}

/** What answers a request. */
export interface Responder<Out = any> {
  /** Sends the answer. Its object gets the request's id as `responseId`. Only the first answer counts. */
  send(message: Out): void
}

/** Listeners are checked against this map; events that it does not name may have any arguments. */
type Arguments<Events, E> = E extends keyof Events
  ? Events[E] extends unknown[]
    ? Events[E]
    : never
  : any[]
type Listener<Events, E> = (...args: Arguments<Events, E>) => void
type EventName<Events> = keyof Events | (string & {}) | symbol

/** An `EventEmitter` whose listeners are typed. */
declare class TypedEmitter<Events> extends EventEmitter {
  on<E extends EventName<Events>>(event: E, listener: Listener<Events, E>): this
  once<E extends EventName<Events>>(event: E, listener: Listener<Events, E>): this
  off<E extends EventName<Events>>(event: E, listener: Listener<Events, E>): this
  addListener<E extends EventName<Events>>(event: E, listener: Listener<Events, E>): this
  removeListener<E extends EventName<Events>>(event: E, listener: Listener<Events, E>): this
  prependListener<E extends EventName<Events>>(event: E, listener: Listener<Events, E>): this
  prependOnceListener<E extends EventName<Events>>(event: E, listener: Listener<Events, E>): this
  emit<E extends EventName<Events>>(event: E, ...args: Arguments<Events, E>): boolean
}

/** Events of a `Server`. The first argument says which client. */
export interface ServerEvents<Out = any, In = any> {
  /** A client sent the right password. */
  authenticated: [id: number, socket: Socket]
  /** A message came. */
  message: [id: number, message: In]
  /** A request came; `res.send` answers it. */
  request: [id: number, request: In, res: Responder<Out>]
  /** A connection ended, for whatever reason; also one that never logged in. */
  close: [id: number]
  /** For information: 'close' follows if the connection failed. */
  error: [id: number, error: CodedError]
  /** For information: a client did not answer a ping in time. 'close' follows. */
  timeout: [id: number]
  /** Nothing waits for the client any more, after `needDrain` was true. */
  drain: [id: number]
}

/** Events of a `Client`. */
export interface ClientEvents<Out = any, In = any> {
  /** The server accepted the password: from now on `send` and `request` work. */
  authenticated: []
  /** A message came. `{ error: 'incorrect password' }` before 'authenticated' is the server's refusal. */
  message: [message: In]
  /** A request came; `res.send` answers it. */
  request: [request: In, res: Responder<Out>]
  /** The connection ended, or could not be made. */
  close: []
  /** `send` without a login, or the connection failed; then 'close' follows. Unheard it is thrown. */
  error: [error: CodedError]
  /** Emitted just before each attempt to connect again. */
  reconnectAttempt: []
  /** Nothing waits any more, after `needDrain` was true. */
  drain: []
}

/** Events of a `Socket`. */
export interface SocketEvents {
  /** Client only: TCP is up. */
  connect: []
  /** Client only: the server's certificate was accepted. */
  secureConnect: []
  /** A whole line of the peer, with its newline, before it is read as a message. */
  data: [line: string]
  /** The peer ended its side. */
  end: []
  /** Client only, if someone listens when it connects: a secret of the connection, a line of an NSS key log. */
  keylog: [line: Buffer]
  /** Everything accepted by `write` was given to the operating system. */
  drain: []
  /** Our side was ended. */
  finish: []
  /** Nothing was sent or received for as long as `setTimeout` said. */
  timeout: []
  /** The connection failed. Only emitted if someone listens. */
  error: [error: CodedError]
  /** The connection is gone. */
  close: [hadError: boolean]
}

/** Events of `server.tlsServer`. */
export interface TlsServerEvents {
  listening: []
  /** It no longer listens, and its last connection has gone. */
  close: []
  /** It cannot listen. Unheard it is thrown. */
  error: [error: CodedError]
  /** A handshake is done; the client has not logged in yet. */
  secureConnection: [socket: Socket]
  /** A secret of a client's connection, a line of an NSS key log. Computed only while someone listens. */
  keylog: [line: Buffer, socket: Socket | Peer]
  /** TCP is up with a client. With `emit`: hands over a `net.Socket` that was accepted elsewhere. */
  connection: [socket: Peer | NetSocket]
  /** A handshake failed; its connection is gone. */
  tlsClientError: [error: CodedError, peer: Peer]
  /** The next three are of Node's own TLS: who listens to one of them gets it, see `transport`. */
  newSession: [id: Buffer, data: Buffer, done: () => void]
  resumeSession: [id: Buffer, done: (error: Error | null, data: Buffer | null) => void]
  OCSPRequest: [
    certificate: Buffer,
    issuer: Buffer,
    done: (error: Error | null, answer: Buffer | null) => void,
  ]
}

/**
 * One connection, as 'authenticated' hands it out and as `client.socket`. It has the members of
 * `tls.TLSSocket` below, but it is no stream: messages come as events of the `Server` or `Client`.
 */
export interface Socket extends TypedEmitter<SocketEvents> {
  /** Server only: the client has logged in. */
  isAuthenticated?: boolean
  /** Server only: a timer that does nothing, for code that clears it. The engine sends the pings. */
  keepAliveInterval?: NodeJS.Timeout

  /** What carries this connection. */
  readonly transport: Transport
  readonly encrypted: true
  /** Whether the peer's certificate was found good. On a server false without `requestCert`. */
  readonly authorized: boolean
  /** The code of what is wrong with the peer's certificate. */
  readonly authorizationError: string | null
  /** On a server the name that the client asked for (SNI); on a client the `servername` option. */
  readonly servername: string | false | null
  /** The application protocol agreed on (`ALPNProtocols`, `ALPNCallback`); false for none. */
  readonly alpnProtocol: string | false

  readonly connecting: boolean
  readonly destroyed: boolean
  readonly pending: boolean
  readonly readable: boolean
  readonly readyState: 'opening' | 'open' | 'readOnly' | 'writeOnly' | 'closed'
  readonly writable: boolean

  /** `'::ffff:127.0.0.1'` for an IPv4 peer of a server that listens on all addresses. */
  readonly remoteAddress: string | undefined
  readonly remoteFamily: string | undefined
  readonly remotePort: number | undefined
  readonly localAddress: string | undefined
  readonly localFamily: string | undefined
  readonly localPort: number | undefined
  address(): AddressInfo | {}

  /** Plaintext bytes received. */
  readonly bytesRead: number
  /** Plaintext bytes sent, with what is still queued in JavaScript. */
  readonly bytesWritten: number
  readonly writableHighWaterMark: number
  readonly writableLength: number
  readonly writableNeedDrain: boolean

  /** `'TLSv1.3'` or `'TLSv1.2'`; null before the handshake and after the end. */
  getProtocol(): string | null
  getCipher(): CipherNameAndProtocol | null
  /** `{}` if the peer sent none, null after the end. */
  getPeerCertificate(detailed: true): DetailedPeerCertificate | {} | null
  getPeerCertificate(detailed?: boolean): PeerCertificate | {} | null
  getPeerX509Certificate(): X509Certificate | undefined
  /** Our own certificate. */
  getX509Certificate(): X509Certificate | undefined
  /** Our own certificate; `{}` for none, null after the end. */
  getCertificate(): PeerCertificate | {} | null
  /** The group of the key exchange. On a server, and after the end, null. */
  getEphemeralKeyInfo(): EphemeralKeyInfo | {} | null
  /** Key material that both ends get, and nobody else (RFC 5705). Throws `ERR_TLS_INVALID_STATE` while TLS is not up. */
  exportKeyingMaterial(length: number, label: string, context?: NodeJS.ArrayBufferView): Buffer
  isSessionReused(): false
  /** The following know something only where `transport` is `'node'`. */
  getSession(): Buffer | null | undefined
  getTLSTicket(): Buffer | null | undefined
  getFinished(): Buffer | null | undefined
  getPeerFinished(): Buffer | null | undefined
  getSharedSigalgs(): string[] | null
  setMaxSendFragment(size: number): boolean
  disableRenegotiation(): void
  enableTrace(): void
  renegotiate(
    options: { rejectUnauthorized?: boolean; requestCert?: boolean },
    callback?: (error: Error | null) => void,
  ): boolean | undefined

  /** Writes bytes of the user's own behind what was sent. Returns false when 'drain' will follow. */
  write(data: string | Uint8Array, callback?: (error?: Error) => void): boolean
  write(
    data: string | Uint8Array,
    encoding?: BufferEncoding,
    callback?: (error?: Error) => void,
  ): boolean
  /** Ends our side once everything is written. */
  end(callback?: (error?: Error) => void): this
  end(data: string | Uint8Array, callback?: (error?: Error) => void): this
  end(
    data?: string | Uint8Array,
    encoding?: BufferEncoding,
    callback?: (error?: Error) => void,
  ): this
  /** Ends the connection. What was accepted before is still written. */
  destroy(error?: Error): this
  destroySoon(): void

  /** Holds messages back until `resume`. */
  pause(): this
  resume(): this
  isPaused(): boolean

  /** Milliseconds given to `setTimeout`; 0 for none. */
  readonly timeout: number
  /** Emits 'timeout' when nothing was sent or received for so many milliseconds; 0 for never. Ends nothing. */
  setTimeout(milliseconds: number, callback?: () => void): this
  /** Keeps the process alive while the connection is open, which is the default. */
  ref(): this
  /** Lets the process end although the connection is open. */
  unref(): this

  /** Without effect: text is UTF-8. */
  setEncoding(encoding?: BufferEncoding): this
  /** Without effect: it is always on. */
  setNoDelay(noDelay?: boolean): this
  /** Without effect: the server's pings find dead peers. */
  setKeepAlive(enable?: boolean, initialDelay?: number): this
  /** Without effect: what is sent in one tick leaves together. */
  cork(): void
  uncork(): void
}

/**
 * What `server.tlsServer` is: a `net.Server`, with the members of `tls.Server` below. `emit('connection', socket)`
 * hands over a connected `net.Socket` that nobody has read from.
 */
export interface TlsServer extends TypedEmitter<TlsServerEvents> {
  readonly listening: boolean
  /** Right as soon as `listen` returned; a string for a Unix domain socket, null while it does not listen. */
  address(): AddressInfo | string | null
  /** Listens, in every form of `net.Server.listen`. Throws Node's errors for what is no place to listen. */
  listen(port?: number | string, host?: string, backlog?: number, callback?: () => void): this
  listen(port?: number | string, host?: string, callback?: () => void): this
  listen(target?: unknown, backlog?: number, callback?: () => void): this
  listen(target?: number | string | ListenOptions | (() => void), callback?: () => void): this
  close(callback?: (error?: Error) => void): this
  /** Counts the connections, those in their handshake too. */
  getConnections(callback: (error: Error | null, count: number) => void): this
  /** How many connections there may be at a time; further ones are closed at once. Undefined for any number. */
  maxConnections: number | undefined
  /**
   * Takes other keys, certificates and rules for the handshakes to come; the connections there are stay as they are.
   * An option that is not given takes its default. Throws as the constructor; then all is as before.
   */
  setSecureContext(options: SecureContextOptions): void
  /**
   * Takes another certificate, and another `ca`, for clients that ask for `hostname` (SNI), in which `*` stands for
   * one label or a part of it. Of several that fit the latest is used. Throws as the constructor.
   */
  addContext(
    hostname: string,
    options: SecureContextOptions | import('node:tls').SecureContext,
  ): void
  /** Asks the clients to come for a certificate, or no longer. Node's own has this up to version 22. */
  setOptions(options: { requestCert?: boolean; rejectUnauthorized?: boolean }): void
  /** The keys of session tickets, 48 bytes. rustls gives no tickets; Node's own TLS does. */
  getTicketKeys(): Buffer
  setTicketKeys(keys: Buffer): void
  ref(): this
  /** Lets the process end although it listens. */
  unref(): this
}

/** The pending requests of one `Server` or `Client`. */
export interface Requests {
  /** The id that the next request gets; the first is 1. */
  requestId: number
  /** Pending requests by id, in the order in which they were made. */
  readonly requests: Map<number, unknown>
  /** Milliseconds until a request is given up; read at each request. */
  requestTimeout: number
  /** Rejects all that is pending with 'connection lost'. */
  cancelAll(): void
}

/**
 * Takes clients that know the password; talks to each by its id.
 *
 * `Out` is what is sent, in messages, requests and answers; `In` is what comes. Both are a
 * promise of yours: nothing is checked when the program runs.
 */
export class Server<Out = any, In = any> extends TypedEmitter<ServerEvents<Out, In>> {
  constructor(config: ServerOptions)

  /** What clients must send. Read at each login, so it can be changed. */
  password: unknown
  /** The id that the next connection gets; the first is 0. */
  socketId: number
  /** Connections by id, also those that are not logged in. */
  readonly sockets: Map<number, Socket>
  readonly requests: Requests
  readonly tlsServer: TlsServer
  /** What carries new connections. `'node'` from the beginning: then `tlsServer` is a `tls.Server`. */
  readonly transport: Transport

  /** Listens. 'error' on `tlsServer` says that it could not. */
  listen(target: number | string | ListenOptions, callback?: () => void): void
  /** Takes no more clients; those there are stay. The callback comes when the last has gone. */
  close(callback?: (error?: Error) => void): void
  /** Sends a message. 'error' is emitted if there is no such client. */
  send(id: number, message: Out): void
  /**
   * Sends a message to everybody who is logged in and whose connection we have not ended. Returns how many that are.
   * Each gets it as by `send`, in order with what else is sent to it; it is serialised once, in the call, which throws what
   * `JSON.stringify` throws.
   */
  broadcast(message: Out): number
  /**
   * The same to these clients, once to each however often its id is listed. Returns how many of them it goes to; about the
   * others 'error' is emitted as by `send`, after all that are there have been served. Throws `ERR_INVALID_ARG_TYPE` if
   * `ids` is undefined or otherwise no list.
   */
  broadcast(message: Out, ids: Iterable<number>): number
  /**
   * Sends a request, which must be an object: it gets the request's id as `requestId`. Rejects with
   * `TLSJSON_NOT_CONNECTED`, `TLSJSON_CONNECTION_LOST`, `TLSJSON_REQUEST_TIMEOUT`, or what `JSON.stringify` throws.
   */
  request(id: number, message: Out): Promise<In>
  request<Answer>(id: number, message: Out): Promise<Answer>
  /** Bytes that wait for a client: accepted by `send` and the like, and not yet encrypted. 0 for an unknown id. */
  bufferedAmount(id: number): number
  /**
   * Whether so much waits for a client (1 MiB or more, without the text of this tick) that a sender had better wait for
   * 'drain' with its id, which follows unless the connection is lost.
   */
  needDrain(id: number): boolean
  /** What it has done since it was made, and what there is now. A new object at each call. */
  stats(): ServerStats
  /** How often each limit was met since the last `listen`; null before the first. */
  readonly limitCounts: LimitCounts | null
}

/**
 * Connects to a server as soon as it is made, logs in, and does so again when the connection is lost.
 *
 * `Out` is what is sent, in messages, requests and answers; `In` is what comes. Both are a
 * promise of yours: nothing is checked when the program runs.
 */
export class Client<Out = any, In = any> extends TypedEmitter<ClientEvents<Out, In>> {
  constructor(config: ClientOptions)

  /** The socket of the current or last connection. */
  readonly socket: Socket
  /** What carries the current or last connection. */
  readonly transport: Transport
  /** TCP is up. */
  readonly isConnected: boolean
  /** The server has let us in. */
  readonly isAuthenticated: boolean
  /** Milliseconds from a lost connection to the next attempt; 0 for never. May be changed. */
  reconnectInterval: number
  /** Whether a lost connection is made again. May be changed; `disconnect` sets it to false. */
  attemptsToReconnect: boolean
  readonly requests: Requests

  /** Connects, unless there is a connection already. A property of each client, bound to it. */
  connect: () => void
  /** Starts to wait for the next attempt. */
  beginReconnectInterval(): void
  /** Sends a message. 'error' is emitted if we are not logged in. */
  send(message: Out): void
  /**
   * Sends a request, which must be an object: it gets the request's id as `requestId`. Rejects with
   * `TLSJSON_NOT_CONNECTED`, `TLSJSON_CONNECTION_LOST`, `TLSJSON_REQUEST_TIMEOUT`, or what `JSON.stringify` throws.
   */
  request(message: Out): Promise<In>
  request<Answer>(message: Out): Promise<Answer>
  /** What it has done since it was made, over all of its connections, and what there is now. A new object at each call. */
  stats(): ClientStats
  /** Ends the connection and does not connect again. */
  disconnect(): void
  /** Bytes that wait for the server: accepted by `send` and the like, and not yet encrypted. */
  readonly bufferedAmount: number
  /**
   * Whether so much waits (1 MiB or more, without the text of this tick) that a sender had better wait for 'drain', which
   * follows unless the connection is lost.
   */
  readonly needDrain: boolean
}

export {} // Without this everything above would be exported.
