/** How long `client.ready` waits. */
export interface ReadyOptions {
  /** Ends the wait: the promise rejects with its reason. */
  signal?: AbortSignal
  /** Milliseconds; 0, the default, for no limit. */
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

export {} // Without this everything above would be exported.
