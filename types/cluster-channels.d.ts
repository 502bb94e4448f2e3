import type { Cluster } from '../cluster'
import type { ClusterNode, NodeDownReason } from './cluster'

/** `cluster` is not enumerable. */
interface OfCluster {
  readonly cluster: Cluster
}

/** What the channels of `node:diagnostics_channel` publish that are about a cluster, by their names. */
export interface ClusterChannels {
  'tls-json:cluster:up': OfCluster
  'tls-json:cluster:down': OfCluster & { error: Error }
  'tls-json:cluster:node-up': OfCluster & { node: ClusterNode }
  'tls-json:cluster:node-down': OfCluster & { node: ClusterNode; reason: NodeDownReason }
  /** Also if nobody listens for 'error'. */
  'tls-json:cluster:error': OfCluster & { id: string | undefined; error: unknown }
  /** A request to a client of another node. */
  'tls-json:cluster:request-start': OfCluster & { requestId: string; id: string }
  /** `duration` in milliseconds. */
  'tls-json:cluster:request-settle': OfCluster & {
    requestId: string
    id: string
    outcome: 'answered' | 'failed' | 'timeout' | 'aborted' | 'lost'
    duration: number
  }
  /** A request of another node, under the same `requestId` as there; `id` is that of the client at this node's server. */
  'tls-json:cluster:serve-start': OfCluster & { requestId: string; id: number }
  'tls-json:cluster:serve-end': OfCluster & { requestId: string; id: number }
}

export {} // Without this everything above would be exported.
