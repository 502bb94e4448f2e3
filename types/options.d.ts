import type { LoginDetails } from './clients'
import type { BlockList, TcpNetConnectOpts } from 'node:net'
import type { ConnectionOptions, TlsOptions } from 'node:tls'
import type { QueueOptions, ReconnectOptions, ServerAddress } from './client'

/**
 * What carries connections: rustls, or Node's own TLS where options need that, or where the environment has
 * `TLSJSON_TRANSPORT=node`.
 */
export type Transport = 'rustls' | 'node'

/** What `tls.createServer` takes; `blockList` as of Node.js 22.13, in every version. */
export type ServerTlsOptions = TlsOptions & { blockList?: BlockList | undefined }

/** What `tls.connect` takes. Its `host`, `port` and `path` win over those beside it. */
export type ClientTlsOptions = ConnectionOptions & Omit<TcpNetConnectOpts, 'port'>

/** Limits of a connection, of servers and of clients. `Infinity` turns one of the first two off. */
export interface ConnectionLimits {
  /**
   * Bytes of one message of the peer, without its newline. A peer that sends a longer one is disconnected with
   * `TLSJSON_MESSAGE_TOO_LONG`.
   * @default 67108864 bytes (64 MiB)
   */
  maxMessageBytes?: number
  /**
   * Bytes that may be buffered for a peer that reads slower than we send. Beyond that it is disconnected with
   * `TLSJSON_BUFFER_FULL`.
   * @default 268435456 bytes (256 MiB)
   */
  maxBufferedBytes?: number
  /**
   * Time after which a peer whose host or network is gone is noticed: 'error' with `ETIMEDOUT`, then 'close'. A peer
   * that is slow or does not read is not affected. 0 leaves it to the operating system.
   * @default 60000 milliseconds
   */
  deadPeerTimeout?: number
}

/** The configuration of a `Server`. */
export interface ServerOptions extends ConnectionLimits {
  /**
   * Options of `tls.createServer`: `key`, `cert`, `ca`, `requestCert` and so on. docs/reference/tls-options.md has all.
   * @default undefined
   */
  options?: ServerTlsOptions
  /**
   * What clients must send; compared by type and value. Without it every client that sends none is logged in, and the
   * process is warned once with the code `TLSJSON_NO_PASSWORD`.
   * @default undefined
   */
  password?: unknown
  /**
   * Says who a client is: called at each login with what it sent as its password. What it returns, or resolves to, is
   * `user` in `server.clients`; if that is falsy the client is refused. So it is if this throws, rejects, or does not
   * answer in `authenticateTimeout`, which the channel `tls-json:server:authenticate-error` and `stats()` tell. A `password`
   * beside it is checked first.
   * @default undefined
   */
  authenticate?: (credential: any, details: LoginDetails) => unknown
  /**
   * Time for the promise of `authenticate`. 0 for no limit.
   * @default 30000 milliseconds
   */
  authenticateTimeout?: number
  /**
   * Time for the answer to a request; then the request rejects with `TLSJSON_REQUEST_TIMEOUT`. 0 means the default.
   * @default 10000 milliseconds
   */
  requestTimeout?: number
  /**
   * Time from one ping to the next. 0 means the default.
   * @default 10000 milliseconds
   */
  keepAliveInterval?: number
  /**
   * Time in which a client must answer a ping; then 'timeout' and 'close' follow. 0 means the default.
   * @default 5000 milliseconds
   */
  keepAliveTimeout?: number
  /**
   * Time in which a client must log in, from the end of the TLS handshake. 0 for no limit.
   * @default 30000 milliseconds
   */
  authTimeout?: number
  /**
   * Bytes a client may send before it is logged in. Beyond that it is disconnected with `TLSJSON_LOGIN_TOO_LONG`.
   * `Infinity` for no limit.
   * @default 65536 bytes (64 KiB)
   */
  maxLoginBytes?: number
  /**
   * Bytes that may be buffered for all clients together. Beyond that the client with the most is disconnected with
   * `TLSJSON_BUFFER_FULL`. `Infinity` for no limit.
   * @default 1073741824 bytes (1 GiB)
   */
  maxTotalBufferedBytes?: number
  /**
   * TLS handshakes in progress at a time. Beyond that the oldest fails with `TLSJSON_TOO_MANY_HANDSHAKES`, as
   * 'tlsClientError' of `tlsServer`. `Infinity` for no limit.
   * @default 4096
   */
  maxHandshakes?: number
  /**
   * Wrong passwords of one address (of IPv6: of one /64 network) in a minute. After these its connections are closed at
   * once for the rest of the minute.
   * @default Infinity
   */
  maxFailedLogins?: number
}

/** The configuration of a `Client`. It is read again at each connect, except `reconnectInterval` and `requestTimeout`. */
export interface ClientOptions extends ConnectionLimits {
  /**
   * Options of `tls.connect`: `ca`, `servername`, `key`, `cert` and so on. docs/reference/tls-options.md has all.
   * @default undefined
   */
  options?: ClientTlsOptions
  /**
   * A name or an address.
   * @default 'localhost'
   */
  host?: string
  /**
   * A port, as a number or a numeric string, or the path of a Unix domain socket.
   * @default undefined
   */
  port?: number | string
  /**
   * What the server asks for. A function is called at each connect, once the server's certificate was accepted, and gives
   * it, or a promise of it. If it throws or rejects, the attempt fails with `TLSJSON_PASSWORD_FAILED`.
   * @default undefined
   */
  password?: unknown
  /**
   * Time from a lost connection to the next attempt. 0 for no further attempt.
   * @default 0 milliseconds
   */
  reconnectInterval?: number
  /**
   * Waits before a client connects again that grow and are spread. It wins over `reconnectInterval`.
   * @default undefined
   */
  reconnect?: ReconnectOptions
  /**
   * Servers to connect to in turn, the last good one first; in the place of `host` and `port`, also of those in `options`.
   * Without `reconnect` and `reconnectInterval` it connects again as with `reconnect: {}`.
   * @default undefined
   */
  servers?: ServerAddress[]
  /**
   * Keeps what `send` is given while the client is not logged in, and sends it after the login, in order. Without `reconnect`
   * and `reconnectInterval` the client connects again as with `reconnect: {}`.
   * @default undefined
   */
  queue?: QueueOptions
  /**
   * Whether the server is told that the client understands 'leave' and errors as answers. By default it is if `reconnect`,
   * `servers` or `queue` is given. The login line then has one more key, which tls-json 3.x passes over.
   * @default undefined
   */
  extensions?: boolean
  /**
   * Time for one attempt: to look up the name, connect, do the TLS handshake and log in, all together. Then the attempt
   * fails with `TLSJSON_CONNECT_TIMEOUT`, and the next one follows if there is a `reconnectInterval`. 0 for no limit.
   * @default 150000 milliseconds
   */
  connectTimeout?: number
  /**
   * Time after which a server that sends nothing is left with `TLSJSON_SILENCE`. It must be longer than the server's
   * `keepAliveInterval`, at which it pings (10,000 ms by default). 0 for no limit.
   * @default 0 milliseconds
   */
  silenceTimeout?: number
  /**
   * Time for the answer to a request; then the request rejects with `TLSJSON_REQUEST_TIMEOUT`. 0 means the default.
   * @default 10000 milliseconds
   */
  requestTimeout?: number
}
