/// <reference types="node" />

import type { Server } from './index'
import type { ReadyOptions } from './types/client'
import type { Broker } from './types/cluster-broker'
import type { ClusterAudience, ClusterEvents, ClusterNode, ClusterOptions } from './types/cluster'
import type {
  ClusterClients,
  ClusterCount,
  ClusterCountOptions,
  ClusterListOptions,
  ClusterStats,
} from './types/cluster-results'
import type { RequestOptions } from './types/requests'
import { TypedEmitter } from './types/emitter'

export * from './types/cluster'
export * from './types/cluster-broker'
export * from './types/cluster-brokers'
export * from './types/cluster-channels'
export * from './types/cluster-results'

/**
 * Makes one of several servers out of a `Server`: each reaches the clients of all, by a broker. `server` always means this
 * process, `cluster` all of them.
 *
 * `Out` is the type of what is sent, in messages and requests; `In` is the type of answers. Both are promises of yours: nothing
 * is checked when the program runs.
 *
 * @example
 * const cluster = new Cluster(server, { broker, name: 'eu1' })
 * cluster.on('error', (id, error) => console.error(id, error))
 * server.on('authenticated', id => server.join(id, 'lobby'))
 * cluster.to('lobby').send({ news: 'for all in the lobby, wherever they are' })
 */
export class Cluster<Out = any, In = any> extends TypedEmitter<ClusterEvents> {
  /**
   * Connects to the broker, and keeps connecting until `close`.
   * @throws `ERR_INVALID_ARG_TYPE` without a `Server` of this package, or without options; `ERR_INVALID_ARG_VALUE` for an option
   *   of no use, and for a server or a broker that another `Cluster` has.
   */
  constructor(server: Server<Out, any>, options: ClusterOptions)

  /** The id of this node: its name, and 8 random hexadecimal digits, others at each start. */
  readonly id: string
  /** Whether the broker is connected. */
  readonly connected: boolean
  /** The other nodes, by their ids. */
  readonly nodes: ReadonlyMap<string, ClusterNode>
  /**
   * Resolves once the broker is connected, and what others send arrives; at once if it is so.
   * @throws The promise rejects with `TLSJSON_NO_BROKER_CLIENT` or what else makes a connection impossible, with
   *   `TLSJSON_BROKER_REFUSED` if the broker does not allow a channel without which there is no cluster, with a
   *   `ConnectTimeoutError`, a `NotConnectedError` after `close()`, or the reason of the signal.
   */
  ready(options?: ReadyOptions): Promise<void>
  /** By what every node reaches a client of this node's server. */
  idOf(id: number): string
  /**
   * Sends a message to a client of any node. If it cannot be sent, or there is no such client, 'error' is emitted.
   * @throws `ERR_INVALID_ARG_TYPE` for what is no id of a client; what `JSON.stringify` throws.
   */
  send(id: string, message: Out): void
  /**
   * Sends a message to all clients of all nodes.
   * @returns To how many clients of this node it is sent; how many there are elsewhere nobody knows at that time.
   * @throws What `JSON.stringify` throws.
   */
  broadcast(message: Out): number
  /**
   * Those who are in a room, or in one of several, on any node.
   * @throws `ERR_INVALID_ARG_TYPE` for what is no name.
   */
  to(rooms: string | Iterable<string>): ClusterAudience<Out, In>
  /**
   * Sends a request to a client of any node. Resolves with the answer.
   * @throws The promise rejects with a `ClusterError`, whose `sent` says whether the client may have had the request: a
   *   `NotConnectedError`, `ConnectionLostError`, `RequestTimeoutError`, `RemoteError`; `TLSJSON_NODE_LOST`,
   *   `TLSJSON_BROKER_DOWN`, `TLSJSON_BUFFER_FULL` or `TLSJSON_MESSAGE_TOO_LONG`; with the reason of the signal; or with
   *   `ERR_INVALID_ARG_TYPE` and the like, as that of a `Server`.
   */
  request(id: string, message: Out, options?: RequestOptions): Promise<In>
  /** The same, where the type of this request's answer is known. */
  request<Answer = In>(id: string, message: Out, options?: RequestOptions): Promise<Answer>
  /**
   * Puts a client of any node into a room. When it resolves, what is sent to the room from now on reaches the client.
   * @throws The promise rejects as that of `request`; with `TLSJSON_BROKER_REFUSED` if the broker does not let the client's node
   *   hear of the room. Then it is not put into it.
   */
  join(id: string, room: string): Promise<void>
  /**
   * Takes a client of any node out of a room, if it is there.
   * @throws The promise rejects as that of `request`.
   */
  leave(id: string, room: string): Promise<void>
  /**
   * Ends the connection of a client of any node, behind what was sent to it.
   * @throws The promise rejects as that of `request`.
   */
  disconnect(id: string): Promise<void>
  /**
   * The clients of all nodes, or those in a room, one by one: first those of this node. It is gathered page by page while it
   * is read.
   * @throws `ERR_INVALID_ARG_TYPE` and `ERR_INVALID_ARG_VALUE` for options of no use. The loop throws the reason of the signal.
   * @example
   * const clients = cluster.clients({ room: 'lobby' })
   * for await (const { id, node } of clients) console.log(id, node)
   * if (clients.missing.length > 0) console.log('not all: no answer from', clients.missing)
   */
  clients(options?: ClusterListOptions): ClusterClients
  /**
   * How many clients there are, on all nodes, or in a room.
   * @throws The promise rejects with the reason of the signal, and for options of no use.
   */
  count(room?: string, options?: ClusterCountOptions): Promise<ClusterCount>
  /** Bytes published that the broker has not confirmed. */
  readonly bufferedAmount: number
  /** True if the caller should wait for 'drain': 1 MiB or more is not confirmed. 'drain' follows. */
  readonly needDrain: boolean
  /**
   * Resolves when the broker has confirmed all that was published before.
   * @throws The promise rejects with `TLSJSON_BROKER_DOWN`.
   */
  flush(): Promise<void>
  /** What this node has done since it was made, and what there is now. A new object at each call. */
  stats(): ClusterStats
  /**
   * Leaves the cluster: the others are told, and what waits for them rejects. The server stays, and its clients. It happens by
   * itself when `server.shutdown()` is done.
   */
  close(): Promise<void>
  /** `close()`, for `await using` in Node.js 20.4 and later. */
  [Symbol.asyncDispose](): Promise<void>
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

/** What a broker within the process is made with. */
export interface MemoryBrokerOptions {
  /**
   * The longest message that it takes.
   * @default 1048576 bytes (1 MiB)
   */
  maxMessageBytes?: number | undefined
  /**
   * Whether a message gets lost on its way to one of those that subscribe to its channel. Called for each.
   * @default undefined
   */
  lose?: ((message: { channel: string; text: string }) => boolean) | undefined
  /**
   * Calls what it is given later: so messages arrive.
   * @default setImmediate
   */
  defer?: ((callback: () => void) => void) | undefined
}

/**
 * A broker within the process, for tests.
 * @example
 * const hub = memoryBroker()
 * const cluster = new Cluster(server, { broker: hub.connect() })
 */
export function memoryBroker(options?: MemoryBrokerOptions): MemoryHub
