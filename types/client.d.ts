/** How long `client.ready` waits. */
export interface ReadyOptions {
  /** Ends the wait: the promise rejects with its reason. */
  signal?: AbortSignal
  /** Milliseconds above 0; `Infinity`, the default, for no limit. */
  timeout?: number
}

/**
 * When a client connects again after a lost connection. Each wait lies anywhere between `min` and a time that grows by
 * `factor` with each attempt, up to `max`; with several servers, when all have been tried. A login begins anew.
 * @example new Client({ port: 8888, password: 'secret', reconnect: { min: 500, max: 60_000 } })
 */
export interface ReconnectOptions {
  /** Milliseconds, 1,000 by default: no wait is shorter. */
  min?: number
  /** Milliseconds, 30,000 by default: no wait is longer. */
  max?: number
  /** 2 by default. */
  factor?: number
  /** `'none'`: the waits are `min`, `min` × `factor` and so on, for all clients alike. `'full'` by default. */
  jitter?: 'full' | 'none'
  /** Attempts in a row, `Infinity` by default. When they have failed, 'error' has `TLSJSON_RECONNECT_FAILED`. */
  attempts?: number
}

/** One of the servers that a client may connect to. */
export interface ServerAddress {
  /** A name or an address; 'localhost' by default. */
  host?: string
  /** A port, or the path of a Unix domain socket. */
  port: number | string
  /** The name in the certificate, and the one asked for (SNI); by default that of `options`, or `host`. */
  servername?: string
}

/** What a client has done with one of its `servers`. */
export interface ServerOfClient {
  host: string
  port: number | string
  /** It is the one that is tried, or was last. */
  current: boolean
  attempts: number
  logins: number
}

/** What a client keeps of its messages while it is not connected. */
export interface QueueOptions {
  /** Bytes of the messages that wait, 16 MiB by default. Beyond that the oldest are dropped. */
  maxBytes?: number
  /** Milliseconds that a message may wait, 60,000 by default; `Infinity` for no limit. */
  maxAge?: number
}

/** What 'dropped' of a client tells: these messages were never sent, and will not be. */
export interface DroppedMessages {
  /** `'full'`: `maxBytes`; `'expired'`: `maxAge`; `'disconnected'`: `disconnect()` was called. */
  reason: 'full' | 'expired' | 'disconnected'
  count: number
  readonly messages: any[]
}

/** What 'unconfirmed' of a client tells: a lost connection was given these messages, and they may have arrived or not. */
export interface UnconfirmedMessages {
  count: number
  /** The latest of them, as many as `maxBytes` has room for. */
  readonly messages: any[]
}

/** What became of the messages of a client with a `queue`. */
export interface QueueStats {
  /** Waiting now. */
  messages: number
  /** Of these. */
  bytes: number
  dropped: { full: number; expired: number; disconnected: number }
  unconfirmed: number
}

export {} // Without this everything above would be exported.
