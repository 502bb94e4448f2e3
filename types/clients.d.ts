import type { X509Certificate } from 'node:crypto'
import type { Socket } from './socket'

/** What `authenticate` of a `Server` gets beside the credential. */
export interface LoginDetails {
  readonly socket: Socket
  /** The certificate that the client has proved to own and that was verified (`requestCert`). */
  readonly certificate: X509Certificate | undefined
  /** Aborted when the client has gone, or `authenticateTimeout` is over: nobody waits for the answer any more. */
  readonly signal: AbortSignal
}

/** A client that is logged in: a value of `server.clients`. */
export interface ServerClient {
  readonly id: number
  readonly socket: Socket
  /** What `authenticate` returned or resolved to; undefined without it. */
  readonly user: any
  /** Yours: whatever you want to keep with the client. */
  data: any
  /** When it was logged in, as of `Date.now()`. */
  readonly since: number
  /** The names of its rooms. Inside 'close', those it was in. */
  readonly rooms: ReadonlySet<string>
}

/** The clients in one room, or in one of several: what `server.to` returns. */
export interface Audience<Out = any> {
  /**
   * The same without these clients. The other one stays as it is.
   * @throws `ERR_INVALID_ARG_TYPE` for what is no number.
   */
  except(...ids: number[]): Audience<Out>
  /**
   * Sends a message to those who are in the rooms now, once to each, as `broadcast` does. Who is not there any more is
   * skipped.
   * @returns To how many clients it is sent.
   * @throws What `JSON.stringify` throws.
   */
  send(message: Out): number
}

/** How a `Server` is shut down. */
export interface ShutdownOptions {
  /**
   * After this time whoever is still connected is disconnected. `Infinity` for no limit.
   * @default 30000 milliseconds
   */
  timeout?: number | undefined
  /**
   * Over this time the connections are ended, so that clients do not all come back at once. At most `timeout`.
   * @default 5000 milliseconds
   */
  spread?: number | undefined
}

/** What came of a shutdown. */
export interface ShutdownOutcome {
  /** Clients whose connection ended within the time. */
  left: number
  /** Clients that had to be disconnected. */
  cut: number
}
