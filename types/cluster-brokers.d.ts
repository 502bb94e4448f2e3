import type { Broker } from './cluster-broker'

/** A connection of `nats` 2 or `@nats-io/transport-node` 3, as `connect` gives it. */
export interface NatsConnectionLike {
  publish(subject: string, ...rest: any[]): void
  subscribe(subject: string, ...rest: any[]): any
  status(): AsyncIterable<any>
  flush(): Promise<void>
  isClosed(): boolean
}

/** Any option of `connect` of the NATS client. */
export interface NatsOptions {
  /** @default '127.0.0.1:4222' */
  servers?: string | string[] | undefined
  [option: string]: unknown
}

export interface NatsSettings {
  /**
   * Whose client it is.
   * @default the first of them that is installed
   */
  package?: '@nats-io/transport-node' | 'nats' | undefined
}

/** A client of `redis` 5 or 6, or of `ioredis` 5 or 6. */
export interface RedisClientLike {
  duplicate(...args: any[]): any
  on(event: any, listener: (...args: any[]) => void): any
}

/** Any option of `createClient` of `redis`, or of `new Redis` of `ioredis`. */
export interface RedisOptions {
  /** @default 'redis://localhost:6379' */
  url?: string | undefined
  [option: string]: unknown
}

export interface RedisSettings {
  /**
   * Whose client it is.
   * @default the first of them that is installed
   */
  package?: 'redis' | 'ioredis' | undefined
  /**
   * How often the server is asked whether it is there. One that does not answer for twice as long is taken for dead.
   * @default 5000 ms
   */
  pingInterval?: number | undefined
}

/**
 * A broker over NATS, by one connection.
 *
 * Of a connection of your own it depends on your options how soon a lost connection is noticed and made again; it is not
 * closed with the cluster. It should be made with `noEcho: true`, `maxReconnectAttempts: -1` and a `pingInterval` of seconds,
 * as one that is made here.
 * @throws `ERR_INVALID_ARG_VALUE` for a setting of no use. If there is no client to load, `TLSJSON_NO_BROKER_CLIENT` is what
 *   `cluster.ready` rejects with.
 */
export function nats(connection: NatsConnectionLike, settings?: NatsSettings): Broker
export function nats(addressOrOptions?: string | NatsOptions, settings?: NatsSettings): Broker

/**
 * A broker over Redis or Valkey, by two connections.
 *
 * A client of your own is not used itself: two others are made with its options, since this needs clients that keep nothing
 * for later. For a Redis Cluster give a client of any one of its servers; with replicas, of the primary.
 * @throws `ERR_INVALID_ARG_VALUE` for what is neither, and for a setting of no use. If there is no client to load,
 *   `TLSJSON_NO_BROKER_CLIENT` is what `cluster.ready` rejects with.
 */
export function redis(client: RedisClientLike, settings?: RedisSettings): Broker
export function redis(urlOrOptions?: string | RedisOptions, settings?: RedisSettings): Broker
