/// <reference types="node" />

import type { Server } from './index'
import type { Broker } from './types/cluster-broker'
import type {
  ClusterAudience,
  ClusterEvents,
  ClusterOptions,
  MemoryBrokerOptions,
} from './types/cluster'
import { TypedEmitter } from './types/emitter'

export * from './types/cluster'
export * from './types/cluster-broker'

/**
 * Makes one of several servers out of a `Server`: clients of the others are reached by a broker.
 *
 * `Out` is the type of what is sent, in messages and requests; `In` is the type of answers. Nothing is checked when the program
 * runs.
 *
 * @example
 * const cluster = new Cluster(server, { broker, name: 'eu1' })
 * cluster.on('error', (id, error) => console.error(id, error))
 */
export class Cluster<Out = any, In = any> extends TypedEmitter<ClusterEvents> {
  /**
   * @throws `ERR_INVALID_ARG_TYPE` without a `Server` of this package, or without options; `ERR_INVALID_ARG_VALUE` for an option
   *   of no use, and for a server or a broker that another `Cluster` has.
   */
  constructor(server: Server<Out, In>, options: ClusterOptions)

  /** The id of this node: its name, and 8 random hexadecimal digits that are others at each start. */
  readonly id: string
  /** Whether the broker is connected. */
  readonly connected: boolean
  /** By what every node reaches a client of this node's server. */
  idOf(id: number): string
  /**
   * Sends a message to a client of any node. If it cannot be sent, or there is no such client, 'error' is emitted.
   * @throws `ERR_INVALID_ARG_TYPE` for what is no id of a client; what `JSON.stringify` throws.
   */
  send(id: string, message: Out): void
  /**
   * Sends a message to all clients of all nodes.
   * @returns To how many clients of this node it is sent.
   * @throws What `JSON.stringify` throws.
   */
  broadcast(message: Out): number
  /**
   * Those who are in a room, or in one of several, on any node.
   * @throws `ERR_INVALID_ARG_TYPE` for what is no name.
   */
  to(rooms: string | Iterable<string>): ClusterAudience<Out>
  /** Bytes published that the broker has not confirmed. */
  readonly bufferedAmount: number
  /** True if the caller should wait for 'drain'. */
  readonly needDrain: boolean
  /** Resolves when the broker has confirmed all that was published before. */
  flush(): Promise<void>
  /** Leaves the cluster. The server and its clients stay. */
  close(): Promise<void>
}

/** A broker within the process, for tests. */
export interface MemoryHub {
  /** A connection for one `Cluster`. */
  connect(): Broker
  /** The broker is gone, and what it had is lost. */
  stop(): void
  /** It is back. */
  start(): void
  /** It takes everything and hands nothing on, until `resume`. */
  hang(): void
  resume(): void
}

/**
 * A broker within the process, for tests.
 * @example
 * const hub = memoryBroker()
 * const cluster = new Cluster(server, { broker: hub.connect() })
 */
export function memoryBroker(options?: MemoryBrokerOptions): MemoryHub
