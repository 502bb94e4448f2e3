/**
 * Codes of this package's own errors, of its warnings, and of the reasons for which it ends connections.
 * docs/reference/errors.md explains each of them.
 */
export type ErrorCode =
  | 'TLSJSON_NOT_CONNECTED'
  | 'TLSJSON_REQUEST_TIMEOUT'
  | 'TLSJSON_CONNECTION_LOST'
  | 'TLSJSON_REMOTE_ERROR'
  | 'TLSJSON_AUTHENTICATE_TIMEOUT'
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
  | 'TLSJSON_PASSWORD_FAILED'
  | 'TLSJSON_RECONNECT_FAILED'
  | 'TLSJSON_NO_CERTIFICATE'
  | 'TLSJSON_UNKNOWN_OPTION'
  | 'TLSJSON_NO_ANSWER'
  | 'TLSJSON_BROKER_DOWN'
  | 'TLSJSON_BROKER_REFUSED'
  | 'TLSJSON_NODE_LOST'
  | 'TLSJSON_NO_BROKER_CLIENT'
  | 'TLSJSON_CANNOT_START'
  | 'TLSJSON_INTERNAL'

/** An error with one of this package's codes, or with one of Node's. */
export interface CodedError extends Error {
  code?: ErrorCode | (string & {})
  errno?: number
  syscall?: string
  address?: string
  port?: number
}

/**
 * Any error with one of this package's own codes. Errors of Node's (`ECONNREFUSED`, `ERR_…`) are no instances.
 *
 * `instanceof` looks at the code, so it is true for errors of every copy of the package in the process. The classes are
 * for tests with `instanceof` only: `new` throws `ERR_ILLEGAL_CONSTRUCTOR`.
 *
 * @example
 * try {
 *   await client.request({ question: 'why?' })
 * } catch (error) {
 *   if (error instanceof RequestTimeoutError) console.log('nobody answered')
 *   else if (error instanceof TlsJsonError) console.log(error.code)
 *   else throw error
 * }
 */
export class TlsJsonError extends Error {
  protected constructor()
  /** The codes of its instances; null for all codes of the package. */
  static readonly codes: readonly ErrorCode[] | null
  readonly code: ErrorCode
}

/** `send` or `request` without a connection that is logged in; on a server, for an id that nobody has. */
export class NotConnectedError extends TlsJsonError {
  private constructor()
  readonly code: 'TLSJSON_NOT_CONNECTED'
}

/** A request was not answered within `requestTimeout`, or its own `timeout`. */
export class RequestTimeoutError extends TlsJsonError {
  private constructor()
  readonly code: 'TLSJSON_REQUEST_TIMEOUT'
}

/** The connection ended before the answer to a request came. The other end may have acted on the request. */
export class ConnectionLostError extends TlsJsonError {
  private constructor()
  readonly code: 'TLSJSON_CONNECTION_LOST'
}

/** The other end answered a request by `res.error`. */
export class RemoteError extends TlsJsonError {
  private constructor()
  readonly code: 'TLSJSON_REMOTE_ERROR'
  /** What the other end has told of its error. Its `message` is that of this error, too. */
  readonly remote: { name: string; message: string; code?: string | number }
}

/** A client was not logged in within `connectTimeout`, or within the `timeout` of `ready`. */
export class ConnectTimeoutError extends TlsJsonError {
  private constructor()
  readonly code: 'TLSJSON_CONNECT_TIMEOUT'
}

/** A connection met a limit that is an option, and was closed for it. */
export class LimitError extends TlsJsonError {
  private constructor()
  readonly code:
    | 'TLSJSON_LOGIN_TOO_LONG'
    | 'TLSJSON_MESSAGE_TOO_LONG'
    | 'TLSJSON_BUFFER_FULL'
    | 'TLSJSON_TOO_MANY_HANDSHAKES'
    | 'TLSJSON_SILENCE'
}
