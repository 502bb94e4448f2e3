/** The pending requests of one `Server` or `Client`. */
export interface Requests {
  /** The id of the next request; the first is 1. */
  requestId: number
  /** A copy: pending requests by id, in the order in which they were made. */
  readonly requests: Map<number, unknown>
  /**
   * Milliseconds for the answer to a request; read at each request.
   * @default 10000 milliseconds
   */
  requestTimeout: number
  /** Rejects all pending requests with `TLSJSON_CONNECTION_LOST`. */
  cancelAll(): void
}

/** What limits one request. */
export interface RequestOptions {
  /**
   * Time for the answer, in place of `requestTimeout`; then the request rejects with `TLSJSON_REQUEST_TIMEOUT`. More than
   * 0; `Infinity` for no limit.
   * @default the `requestTimeout` of the server or client, in milliseconds
   */
  timeout?: number | undefined
  /**
   * Gives the request up: it rejects with the signal's reason, and an answer that comes later is dropped. The other end
   * is not told. If it is aborted before, nothing is sent.
   * @default undefined
   */
  signal?: AbortSignal | undefined
}
