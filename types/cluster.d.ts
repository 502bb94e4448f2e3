import type { ServerClient } from './clients'
import type { Broker } from './cluster-broker'
import type { SurveyResult } from './cluster-results'
import type { CodedError } from './errors'
import type { RequestOptions } from './requests'

/** What a `Cluster` is made with. */
export interface ClusterOptions {
  /** What carries its messages. No other `Cluster` may have it. */
  broker: Broker
  /**
   * What ids of this node begin with: 1 to 64 letters, digits, `-` and `_`.
   * @default 'node'
   */
  name?: string | undefined
  /**
   * What the names of all channels begin with. Clusters with different ones have nothing to do with one another.
   * @default 'tls-json'
   */
  prefix?: string | undefined
  /**
   * How often a node says that it is there. From 50 nodes on the time between grows with their number.
   * @default 2000 milliseconds
   */
  heartbeatInterval?: number | undefined
  /**
   * After this time without a word a node is taken for dead; it grows as `heartbeatInterval` does, of which it is at least twice.
   * @default 10000 milliseconds
   */
  heartbeatTimeout?: number | undefined
  /**
   * How many bytes the broker may have left unconfirmed. What would be more is not sent, with `TLSJSON_BUFFER_FULL`.
   * @default 16777216 bytes (16 MiB)
   */
  maxBufferedBytes?: number | undefined
  /**
   * How many requests of this node may wait for other nodes, and how many of other nodes for clients of this one. More are
   * rejected with `TLSJSON_BUFFER_FULL`.
   * @default 65536
   */
  maxRequests?: number | undefined
  /**
   * What others see as `info` of this node: what JSON can say in 1,024 characters. It goes with every beat.
   * @default undefined
   */
  info?: unknown
  /**
   * What others see as `info` of a client in `cluster.clients()`; it must be something that JSON can say. Without it they see
   * none of `user` and `data`.
   * @default undefined
   * @example new Cluster(server, { broker, describe: ({ user }) => ({ name: user.name }) })
   */
  describe?: ((client: ServerClient) => unknown) | undefined
}

/** Another node, as it has told of itself last. */
export interface ClusterNode {
  readonly id: string
  /** How many clients are logged in there. */
  readonly clients: number
  /** Whether its server is being shut down. */
  readonly draining: boolean
  /** When its last beat came, as of `Date.now()`. */
  readonly seen: number
  /** Its option `info`. */
  readonly info: any
}

/** Why a node is not there any more: it said so, nobody listens at the broker for it, or it was not heard for too long. */
export type NodeDownReason = 'left' | 'gone' | 'silent'

/** The clients in one room, or in one of several, on all nodes: what `cluster.to` returns. */
export interface ClusterAudience<Out = any, In = any> {
  /**
   * The same without these clients. The other one stays as it is.
   * @throws `ERR_INVALID_ARG_TYPE` for what is no id of a client.
   */
  except(...ids: string[]): ClusterAudience<Out, In>
  /**
   * Sends a message to those who are in the rooms when it arrives at their node, once to each.
   * @returns To how many clients of this node it is sent.
   * @throws What `JSON.stringify` throws.
   */
  send(message: Out): number
  /**
   * Sends them a request, and gives what each has answered, or why it has not, as it comes. A node that does not say whom it
   * has asked is one result, whose `id` is null. Who leaves the loop gives up the rest.
   * @throws `ERR_INVALID_ARG_TYPE` for what is no object; `TLSJSON_BUFFER_FULL`, `TLSJSON_MESSAGE_TOO_LONG`; the reason of a signal
   *   that is aborted, which the loop throws if it is aborted later.
   * @example
   * for await (const { id, answer, error } of cluster.to('players').request({ ready: true }, { timeout: 1000 })) {
   *   console.log(id, error ?? answer)
   * }
   */
  request(message: Out, options?: RequestOptions): AsyncIterableIterator<SurveyResult<In>>
}

/** An error that a `Cluster` tells of. */
export interface ClusterError extends CodedError {
  /** false: what it is about was certainly not delivered; of a room or a broadcast: not to clients of other nodes. */
  sent?: boolean
}

/** Events of a `Cluster`. */
export interface ClusterEvents {
  /** The broker is connected, for the first time or again. */
  up: []
  /** The broker is not connected any more, or cannot be reached. What is sent to other nodes is dropped until 'up'. */
  down: [error: Error]
  /** Another node is there. */
  nodeUp: [node: ClusterNode]
  /** Another node is not there any more, nor its clients. If it was silent it may come back: then 'nodeUp' follows. */
  nodeDown: [node: ClusterNode, reason: NodeDownReason]
  /**
   * Something could not be sent; `id` says to which client, where it was for one. Of broadcasts only the first is told of, until
   * one can be sent again. Without a listener nothing is thrown: a warning is written for each code, once.
   */
  error: [id: string | undefined, error: ClusterError]
  /** There is room again, after `needDrain` was true. */
  drain: []
}

export {} // Without this everything above would be exported.
