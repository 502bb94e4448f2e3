import type { QueueStats, ServerOfClient } from './client'

/** How often each limit of a server was met since its last `listen`, by the name of the option. */
export interface LimitCounts {
  handshakeTimeout: number
  maxHandshakes: number
  authTimeout: number
  maxLoginBytes: number
  /** Wrong passwords, limited or not. */
  failedLogins: number
  /** Connections refused at once because of earlier failed logins. */
  maxFailedLogins: number
  maxMessageBytes: number
  /** Clients disconnected for what was buffered for them; those disconnected for `maxTotalBufferedBytes` too. */
  maxBufferedBytes: number
}

/**
 * How often something happened, by the code of its reason: one of this package's or of Node's, or `'ERROR'` for an error
 * without one. At most 64 are told apart; further ones are counted as `'other'`.
 */
export type Reasons = Record<string, number>

/** What servers and clients both count. */
interface Stats {
  /** TLS handshakes. */
  handshakes: {
    succeeded: number
    failed: number
    failures: Reasons
  }
  logins: {
    accepted: number
    /** Wrong passwords. */
    refused: number
  }
  /** Messages, requests and answers. Not logins, pings, lines that are no JSON, or what `socket.write` wrote. */
  messages: {
    /** Handed to the program. */
    received: number
    /** Accepted by `send`, `request`, `res.send` and `broadcast`, whose message counts for each client that it goes to. */
    sent: number
    /** Given to them while the connection was closing, without an error: they are lost. */
    dropped: number
  }
  /** Bytes of plaintext, of whatever kind. */
  bytes: {
    received: number
    /** Accepted, written or not. What was sent in the present tick is added at its end. */
    sent: number
  }
  /** Bytes buffered now. */
  queued: {
    /** Whole lines received that the program has not taken. */
    inbound: number
    /** Accepted and not yet encrypted. */
    outbound: number
  }
  /** Requests of our own: `sent` is the sum of the others. */
  requests: {
    sent: number
    answered: number
    /** Answered by an error: rejected with `TLSJSON_REMOTE_ERROR`. */
    failed: number
    /** Rejected with `TLSJSON_REQUEST_TIMEOUT`. */
    timedOut: number
    /** Given up by their `signal`. */
    aborted: number
    /** Rejected with `TLSJSON_CONNECTION_LOST`. */
    lost: number
    /** Waiting for their answer now. */
    pending: number
  }
  /** Connections whose TLS was up and that a failure or a limit ended; each counts once. */
  cuts: {
    total: number
    reasons: Reasons
  }
}

/**
 * What `server.stats()` returns: counts since the server was made, unless it says "now".
 * @example
 * const { connections, cuts } = server.stats()
 * console.log(connections.loggedIn, cuts.reasons)
 */
export interface ServerStats extends Stats {
  logins: Stats['logins'] & {
    /** Of those refused, the ones because `authenticate` threw, rejected, or did not answer in time. */
    undecided: number
  }
  connections: {
    /** With an id, now. */
    open: number
    /** Logged in, now. */
    loggedIn: number
    /** With an id, in all. */
    total: number
    /** Closed at once, before the handshake, because of these. */
    turnedAway: { maxConnections: number; maxFailedLogins: number }
  }
  pings: {
    sent: number
    answered: number
    /** Not answered in time. */
    missed: number
  }
}

/** What `client.stats()` returns: counts since the client was made, over all of its connections, unless it says "now". */
export interface ClientStats extends Stats {
  /** What it has done with each of its `servers`, if it has that option. */
  servers?: ServerOfClient[]
  /** What became of the messages that it kept, if it has a `queue`. */
  queue?: QueueStats
  /** Attempts to connect. */
  attempts: {
    total: number
    /** Those made because of `reconnectInterval` or `reconnect`. */
    reconnects: number
    /** Those that came to no TCP connection. */
    failed: number
    failures: Reasons
  }
  connections: {
    /** TCP is up now: 1 or 0. */
    open: number
    /** Logged in now: 1 or 0. */
    loggedIn: number
    /** TCP was up, in all. */
    total: number
  }
  pings: {
    /** Pings of the server that were answered. */
    answered: number
  }
}

export {} // Without this everything above would be exported.
