import type { X509Certificate } from 'node:crypto'
import type { AddressInfo } from 'node:net'
import type {
  CipherNameAndProtocol,
  DetailedPeerCertificate,
  EphemeralKeyInfo,
  PeerCertificate,
} from 'node:tls'
import type { TypedEmitter } from './emitter'
import type { SocketEvents } from './events'
import type { Transport } from './options'

/**
 * One connection: the argument of 'authenticated', a value of `server.sockets`, or `client.socket`. It has the members
 * of `tls.TLSSocket` below, but it is no stream: messages come as events of the `Server` or `Client`.
 */
export interface Socket extends TypedEmitter<SocketEvents> {
  /** Server only: the client has logged in. */
  isAuthenticated?: boolean
  /** Server only: a timer that does nothing, for code that clears it. The engine sends the pings. */
  keepAliveInterval?: NodeJS.Timeout

  /** What carries this connection. */
  readonly transport: Transport
  readonly encrypted: true
  /** Whether the peer's certificate was verified. On a server false without `requestCert`. */
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
  /**
   * The peer's certificate; `{}` if it sent none, null after the end.
   * @example const name = socket.getPeerCertificate()?.subject?.CN
   */
  getPeerCertificate(detailed: true): Partial<DetailedPeerCertificate> | null
  getPeerCertificate(detailed?: boolean): Partial<PeerCertificate> | null
  getPeerX509Certificate(): X509Certificate | undefined
  /** Our own certificate. */
  getX509Certificate(): X509Certificate | undefined
  /** Our own certificate; `{}` for none, null after the end. */
  getCertificate(): Partial<PeerCertificate> | null
  /** The group of the key exchange. On a server, and after the end, null. */
  getEphemeralKeyInfo(): Partial<EphemeralKeyInfo> | null
  /**
   * Key material that both ends get, and nobody else (RFC 5705).
   * @throws `ERR_TLS_INVALID_STATE` while TLS is not up.
   */
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

  /**
   * Writes bytes of your own after what was sent. They must be whole lines of the protocol.
   * @returns false if the caller should wait for 'drain' of this socket.
   * @throws `ERR_INVALID_ARG_TYPE` for what is neither text nor bytes.
   */
  write(data: string | Uint8Array, callback?: (error?: Error) => void): boolean
  write(
    data: string | Uint8Array,
    encoding?: BufferEncoding,
    callback?: (error?: Error) => void,
  ): boolean
  /** Ends our side when everything is written. The peer's end, or the next ping, closes the connection. */
  end(callback?: (error?: Error) => void): this
  end(data: string | Uint8Array, callback?: (error?: Error) => void): this
  end(
    data?: string | Uint8Array,
    encoding?: BufferEncoding,
    callback?: (error?: Error) => void,
  ): this
  /** Closes the connection. What was accepted before is still written. */
  destroy(error?: Error): this
  destroySoon(): void

  /**
   * Stops reading until `resume`: no messages, and no pings. Longer than the server's `keepAliveTimeout` it loses the
   * connection.
   */
  pause(): this
  resume(): this
  isPaused(): boolean

  /**
   * Milliseconds given to `setTimeout`; 0 for none.
   * @default 0
   */
  readonly timeout: number
  /** Emits 'timeout' when nothing was sent or received for so many milliseconds; 0 for never. It closes nothing. */
  setTimeout(milliseconds: number, callback?: () => void): this
  /** Keeps the process alive while the connection is open, which is the default. */
  ref(): this
  /** Lets the process end while the connection is open. */
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
