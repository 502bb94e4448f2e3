import type { AddressInfo, ListenOptions, Server as NetServer } from 'node:net'
import type { SecureContext, SecureContextOptions } from 'node:tls'
import type { TypedEmitter } from './emitter'
import type { TlsServerEvents } from './events'

/** Where to listen, as of `net.Server.listen`. */
export interface ListenTarget extends ListenOptions {
  /** Lets several processes listen on the same port, where the Node.js that runs and the system support it. */
  reusePort?: boolean | undefined
  /** A descriptor that already listens, in place of a port or path. */
  fd?: number
}

/**
 * What `server.tlsServer` is: a `net.Server`, with the members of `tls.Server` below. `emit('connection', socket)`
 * hands over a connected `net.Socket` that nobody has read from; it throws `TLSJSON_UNSUPPORTED_OPTION` for what is no
 * connected stream.
 */
export interface TlsServer extends TypedEmitter<TlsServerEvents> {
  readonly listening: boolean
  /**
   * The address it listens on, right after `listen` returned; a string for a Unix domain socket, null while it does not
   * listen.
   */
  address(): AddressInfo | string | null
  /**
   * Listens, in every form of `net.Server.listen`. What the operating system refuses comes as 'error' event.
   * @throws `ERR_SOCKET_BAD_PORT`, `ERR_INVALID_ARG_VALUE`, `ERR_SERVER_ALREADY_LISTEN`, as `net.Server.listen`.
   * @example server.tlsServer.listen(8888, '127.0.0.1', () => console.log('listening'))
   */
  listen(port?: number | string, host?: string, backlog?: number, callback?: () => void): this
  listen(port?: number | string, host?: string, callback?: () => void): this
  listen(port?: number | string, backlog?: number, callback?: () => void): this
  listen(port?: number | string, callback?: () => void): this
  /** Listens on a Unix domain socket or a pipe of Windows. */
  listen(path: string, backlog?: number, callback?: () => void): this
  listen(path: string, callback?: () => void): this
  listen(options: ListenTarget, callback?: () => void): this
  /** Listens on a server or handle that listens already. */
  listen(handle: NetServer | object, backlog?: number, callback?: () => void): this
  listen(handle: NetServer | object, callback?: () => void): this
  listen(callback?: () => void): this
  /** Accepts no more connections. The callback is called when the last connection is closed. */
  close(callback?: (error?: Error) => void): this
  /** Counts the connections, with those in their handshake. */
  getConnections(callback: (error: Error | null, count: number) => void): this
  /**
   * How many connections there may be at a time; further ones are closed at once.
   * @default undefined (any number)
   */
  maxConnections: number | undefined
  /**
   * Uses another key, certificate and rules for later handshakes; connections that are up stay as they are. An option
   * that is not given takes its default, `ca` too.
   * @throws What the constructor throws for such options; then nothing has changed.
   * @example server.tlsServer.setSecureContext({ key, cert, ca })
   */
  setSecureContext(options: SecureContextOptions): void
  /**
   * Uses another certificate, and another `ca`, for clients that ask for `hostname` (SNI). `*` in it stands for one
   * label or a part of one. If several fit, the latest is used.
   * @throws What the constructor throws for such options; then nothing has changed.
   * @example server.tlsServer.addContext('*.example.com', { key, cert })
   */
  addContext(hostname: string, options: SecureContextOptions | SecureContext): void
  /** Asks later clients for a certificate, or no longer. Node's own has this up to version 22. */
  setOptions(options: { requestCert?: boolean; rejectUnauthorized?: boolean }): void
  /** The keys of session tickets, 48 bytes. rustls gives no tickets; Node's own TLS does. */
  getTicketKeys(): Buffer
  setTicketKeys(keys: Buffer): void
  ref(): this
  /** Lets the process end while it listens. */
  unref(): this
}

export {} // Without this everything above would be exported.
