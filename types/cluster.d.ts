import type { Broker } from './cluster-broker'
import type { CodedError } from './errors'

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
   * How many bytes the broker may have left unconfirmed. What would be more is not sent, with `TLSJSON_BUFFER_FULL`.
   * @default 16777216 bytes (16 MiB)
   */
  maxBufferedBytes?: number | undefined
}

/** The clients in one room, or in one of several, on all nodes: what `cluster.to` returns. */
export interface ClusterAudience<Out = any> {
  /**
   * The same without these clients. The other one stays as it is.
   * @throws `ERR_INVALID_ARG_TYPE` for what is no id of a client.
   */
  except(...ids: string[]): ClusterAudience<Out>
  /**
   * Sends a message to those who are in the rooms when it arrives at their node, once to each.
   * @returns To how many clients of this node it is sent.
   * @throws What `JSON.stringify` throws.
   */
  send(message: Out): number
}

/** An error that a `Cluster` tells of. */
export interface ClusterError extends CodedError {
  /** false: what it is about was certainly not delivered. */
  sent?: boolean
}

/** Events of a `Cluster`. */
export interface ClusterEvents {
  /** The broker is connected, for the first time or again. */
  up: []
  /** The broker is not connected any more, or cannot be reached. What is sent to other nodes is dropped until 'up'. */
  down: [error: Error]
  /** Something could not be sent; `id` says to which client, where it was for one. */
  error: [id: string | undefined, error: ClusterError]
  /** There is room again, after `needDrain` was true. */
  drain: []
}

/** What a broker within the process is made with. */
export interface MemoryBrokerOptions {
  /**
   * The longest message that it takes.
   * @default 1048576 bytes (1 MiB)
   */
  maxMessageBytes?: number | undefined
}

export {} // Without this everything above would be exported.
