import type { ClusterError } from './cluster'

/** What a request to a room has come to at one client. */
export type SurveyResult<In = any> =
  | { id: string; node: string; answer: In; error?: undefined }
  | { id: string; node: string; answer?: undefined; error: ClusterError }
  /** A node that did not say whom it has asked. */
  | { id: null; node: string; answer?: undefined; error: ClusterError }

/** A client of any node, as `cluster.clients()` gives it. */
export interface ClusterClient {
  readonly id: string
  /** The id of its node. */
  readonly node: string
  /** When it was logged in, by its node's clock, as of `Date.now()`. */
  readonly since: number
  readonly rooms: string[]
  /** What `describe` of its node has made of it. */
  readonly info?: any
}

/** What limits `cluster.count`. */
export interface ClusterCountOptions {
  /**
   * How long a node may take. Who takes longer is missing.
   * @default 5000 milliseconds
   */
  timeout?: number | undefined
  /**
   * Gives it up.
   * @default undefined
   */
  signal?: AbortSignal | undefined
}

/** Which clients `cluster.clients` gives. */
export interface ClusterListOptions extends ClusterCountOptions {
  /**
   * Only those in this room.
   * @default undefined
   */
  room?: string | undefined
}

/** The clients of all nodes. */
export interface ClusterClients extends AsyncIterable<ClusterClient> {
  /** The ids of nodes that did not answer, or not to the end: what is missing are their clients. */
  readonly missing: string[]
}

/** How many clients there are. */
export interface ClusterCount {
  clients: number
  /** The ids of nodes that did not answer: their clients are not counted. */
  missing: string[]
}

/** What `cluster.stats()` returns: counts since the cluster was made, unless it says "now". */
export interface ClusterStats {
  /** Whether the broker is connected, now. */
  connected: boolean
  /** Bytes published that the broker has not confirmed, now. */
  bufferedAmount: number
  /** How often the broker was connected, and was lost. */
  broker: { up: number; down: number }
  /** What the broker has taken. Characters of text, not bytes. */
  published: { messages: number; characters: number }
  received: { messages: number; characters: number }
  /** What other nodes did not get, by why: no broker, too much unconfirmed, more than the broker takes at once. */
  dropped: { down: number; full: number; tooLong: number }
  /** Messages of other nodes to clients that are not here any more. */
  absent: number
  /** Errors told; `unheard` of them when nobody listened for 'error'. */
  errors: { total: number; unheard: number }
  /** Messages of a kind that this version does not know: another node is newer. */
  unknown: number
  /** What came on the channels of the cluster and is no message of a node. */
  malformed: number
  /** `refused`: of nodes beyond the 1,000 others of which one takes notice. */
  beats: { sent: number; received: number; refused: number }
  /** How often this node came too late to judge others by their beats: its own thread was busy for so long. */
  lateLooks: number
  /** `known`: other nodes now. The others: how often a node has come, or was lost, by the reason. */
  nodes: { known: number; up: number; left: number; gone: number; silent: number }
  requests: {
    /** To clients of other nodes. */
    sent: number
    answered: number
    /** Answered by an error of the client. */
    failed: number
    timedOut: number
    /** Given up by their signal. */
    aborted: number
    lost: number
    /** Of other nodes, to clients of this one. */
    served: number
    /** Whatever waits for other nodes now. */
    pending: number
    /** What clients of this node have been asked for other nodes, now. */
    serving: number
  }
}

export {} // Without this everything above would be exported.
