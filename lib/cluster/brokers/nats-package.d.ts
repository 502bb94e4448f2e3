/** What of the client of NATS is used, in both packages of it. tsconfig.json takes this for their types. */

export interface Msg {
  subject: string
  reply?: string
  data: Uint8Array
  /** Of what a server says itself, `code` is a status. */
  headers?: { code: number }
}

export interface Subscription {
  unsubscribe(): void
}

/** What a connection says of itself. `data` and `error` are what went wrong, in `nats` 2 and in 3. */
export interface Status {
  type: string
  data?: unknown
  error?: Error & { operation?: string }
  permissionContext?: { operation: string; subject: string }
}

export interface NatsConnection {
  readonly info?: { max_payload: number }
  /** Not in its types, but there. */
  readonly options?: { inboxPrefix?: string; noEcho?: boolean }
  publish(subject: string, payload: Uint8Array, options: { reply: string } | undefined): void
  subscribe(
    subject: string,
    options: { callback: (err: Error | null, message: Msg) => void },
  ): Subscription
  /** A queue, which can be stopped. */
  status(): AsyncIterable<Status> & { stop?: () => void }
  flush(): Promise<void>
  close(): Promise<void>
  closed(): Promise<Error | void>
  isClosed(): boolean
  isDraining(): boolean
}

/** Any option of the package, and what is set here. */
export interface ConnectionOptions {
  noEcho?: boolean
  waitOnFirstConnect?: boolean
  maxReconnectAttempts?: number
  reconnectTimeWait?: number
  reconnectJitter?: number
  pingInterval?: number
  maxPingOut?: number
  timeout?: number
  [option: string]: unknown
}

export function connect(options: ConnectionOptions): Promise<NatsConnection>
