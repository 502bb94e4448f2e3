/// <reference types="node" />

import type { Audience, ServerClient, ShutdownOptions, ShutdownOutcome } from './types/clients'
import type { ClientEvents, ServerEvents } from './types/events'
import type { ClientOptions, ServerOptions, Transport } from './types/options'
import type { RequestOptions, Requests } from './types/requests'
import type { ReadyOptions } from './types/client'
import type { Socket } from './types/socket'
import type { ClientStats, LimitCounts, ServerStats } from './types/stats'
import type { ListenTarget, TlsServer } from './types/tls-server'
import { TypedEmitter } from './types/emitter'

export type { Peer } from './types/peer'
export * from './types/certificates'
export * from './types/channels'
export * from './types/client'
export * from './types/clients'
export * from './types/errors'
export * from './types/events'
export * from './types/options'
export * from './types/requests'
export * from './types/socket'
export * from './types/stats'
export * from './types/tls-server'

/**
 * Accepts clients that know the password; talks to each by its id.
 *
 * `Out` is the type of what is sent, in messages, requests and answers; `In` is the type of what is received. Both are
 * promises of yours: nothing is checked when the program runs.
 *
 * @example
 * const server = new Server({ options: { key, cert }, password: 'secret' })
 * server.on('message', (id, message) => server.send(id, { echo: message }))
 * server.on('error', (id, error) => console.error(id, error))
 * server.listen(8888)
 */
export class Server<Out = any, In = any> extends TypedEmitter<ServerEvents<Out, In>> {
  /**
   * @throws `ERR_INVALID_ARG_TYPE` without a configuration; `ERR_INVALID_ARG_VALUE` for an option of no use; and Node's
   *   own errors for `options` that `tls.createServer` does not take.
   */
  constructor(config: ServerOptions)

  /** What clients must send. Read at each login, so it can be changed. */
  password: unknown
  /** The id of the next connection; the first is 0. */
  socketId: number
  /** Connections by id, also those that are not logged in. */
  readonly sockets: Map<number, Socket>
  /** The clients that are logged in, by id. Inside 'close' the one that has gone is still there. */
  readonly clients: ReadonlyMap<number, ServerClient>
  /** Who is in each room that somebody is in, by its name. */
  readonly rooms: ReadonlyMap<string, ReadonlySet<number>>
  readonly requests: Requests
  readonly tlsServer: TlsServer
  /** What carries new connections. If it is `'node'` from the beginning, `tlsServer` is a `tls.Server`. */
  readonly transport: Transport

  /**
   * Listens on a port (0 for a free one), on the path of a Unix domain socket, or as the options of `net.Server.listen`
   * say. `tlsServer.listen` takes every other form of `net.Server.listen`. What the operating system refuses comes as
   * 'error' event of `tlsServer`.
   * @throws `ERR_SOCKET_BAD_PORT`, `ERR_INVALID_ARG_VALUE`, `ERR_SERVER_ALREADY_LISTEN`, as `net.Server.listen`.
   * @example server.listen({ port: 8888, host: '127.0.0.1' }, () => console.log(server.tlsServer.address()))
   */
  listen(port: number | string, callback?: () => void): void
  listen(path: string, callback?: () => void): void
  listen(options: ListenTarget, callback?: () => void): void
  /**
   * Accepts no more clients; those that are connected stay. The callback is called when the last connection is closed,
   * with `ERR_SERVER_NOT_RUNNING` if it did not listen.
   */
  close(callback?: (error?: Error) => void): void
  /**
   * Shuts the server down in order: it accepts no more clients, requests in progress are answered, in both directions, and
   * connections are ended, one after the other over `spread`; clients that announce that they understand it are told to
   * go, and go by themselves. Called again it returns the same promise.
   * @throws The promise rejects with `ERR_INVALID_ARG_VALUE` for options of no use.
   * @example process.once('SIGTERM', () => server.shutdown({ timeout: 10_000 }))
   */
  shutdown(options?: ShutdownOptions): Promise<ShutdownOutcome>
  /** `shutdown()`, for `await using` in Node.js 20.4 and later. */
  [Symbol.asyncDispose](): Promise<void>
  /**
   * Sends a message. If there is no such client, 'error' is emitted with `TLSJSON_NOT_CONNECTED`.
   * @throws What `JSON.stringify` throws; `TLSJSON_NOT_CONNECTED` if there is no 'error' listener.
   * @example server.send(id, { hello: 'world' })
   */
  send(id: number, message: Out): void
  /**
   * Sends a message to all clients that are logged in and whose connection we have not ended. Each gets it in order with
   * what else is sent to it. It is serialised once, in the call.
   * @returns To how many clients it is sent.
   * @throws What `JSON.stringify` throws.
   * @example const reached = server.broadcast({ news: 'for all' })
   */
  broadcast(message: Out): number
  /**
   * The same to the clients of a list, once to each. For those that are not there 'error' is emitted as by `send`, after
   * the others were served.
   * @returns To how many clients it is sent.
   * @throws `ERR_INVALID_ARG_TYPE` if `ids` is undefined or otherwise no list; and what `JSON.stringify` throws.
   * @example server.broadcast({ news: 'for some' }, new Set([0, 3]))
   */
  broadcast(message: Out, ids: Iterable<number>): number
  /**
   * Puts a client into a room, until it leaves it or is gone. A name is any string that is not empty.
   * @returns false if there is no such client.
   * @throws `ERR_INVALID_ARG_TYPE` for what is no name.
   * @example server.on('authenticated', id => server.join(id, 'lobby'))
   */
  join(id: number, room: string): boolean
  /**
   * Takes a client out of a room.
   * @returns false if it was not there.
   * @throws `ERR_INVALID_ARG_TYPE` for what is no name.
   */
  leave(id: number, room: string): boolean
  /**
   * Those who are in a room, or in one of several, when something is sent to them.
   * @throws `ERR_INVALID_ARG_TYPE` for what is no name.
   * @example const reached = server.to('lobby').except(id).send({ news: 'for the others' })
   */
  to(rooms: string | Iterable<string>): Audience<Out>
  /**
   * Sends a request, which must be an object: it gets the request's id as `requestId`. Resolves with the answer.
   * @throws The promise rejects with a `NotConnectedError`, `ConnectionLostError`, `RequestTimeoutError` or `RemoteError`;
   *   with the reason of the `signal`; with `ERR_INVALID_ARG_TYPE` for what is no object, and `ERR_INVALID_ARG_VALUE` for
   *   a `timeout` of no use; or with what `JSON.stringify` throws.
   * @example const { sum } = await server.request(id, { add: [1, 2] }, { timeout: 500 })
   */
  request(id: number, message: Out, options?: RequestOptions): Promise<In>
  /** The same, where the type of this request's answer is known. */
  request<Answer = In>(id: number, message: Out, options?: RequestOptions): Promise<Answer>
  /**
   * Holds back messages and requests of a client until `resume`; not much of it is read. Unlike `pause` of its socket this
   * loses no connection, and answers to requests come.
   * @returns false if there is no such client.
   */
  pause(id: number): boolean
  /** Goes on after `pause`. @returns false if there is no such client. */
  resume(id: number): boolean
  /** Bytes buffered for a client: accepted by `send` and the like, and not yet encrypted. 0 for an unknown id. */
  bufferedAmount(id: number): number
  /**
   * Returns true if the caller should wait for 'drain' with this id: 1 MiB or more is buffered for the client, without
   * the text of this tick. 'drain' follows unless the connection is lost.
   */
  needDrain(id: number): boolean
  /** What it has done since it was made, and what there is now. A new object at each call. */
  stats(): ServerStats
  /** How often each limit was met since the last `listen`; null before the first. */
  readonly limitCounts: LimitCounts | null
}

/**
 * Connects to a server as soon as it is made, logs in, and does so again when the connection is lost.
 *
 * `Out` is the type of what is sent, in messages, requests and answers; `In` is the type of what is received. Both are
 * promises of yours: nothing is checked when the program runs.
 *
 * @example
 * const client = new Client({ options: { ca }, host: 'localhost', port: 8888, password: 'secret', reconnectInterval: 5000 })
 * client.on('authenticated', () => client.send({ hello: 'world' }))
 * client.on('error', error => console.error(error))
 */
export class Client<Out = any, In = any> extends TypedEmitter<ClientEvents<Out, In>> {
  /**
   * @throws `ERR_INVALID_ARG_TYPE` without a configuration; `ERR_INVALID_ARG_VALUE` for an option of no use; Node's own
   *   errors for what `tls.connect` does not take; `TLSJSON_CANNOT_START` if there are no descriptors or threads left.
   */
  constructor(config: ClientOptions)

  /** The socket of the current or last connection. */
  readonly socket: Socket
  /** What carries the current or last connection. */
  readonly transport: Transport
  /** TCP is up. */
  readonly isConnected: boolean
  /** The server has accepted our password, and the connection is up. */
  readonly isAuthenticated: boolean
  /**
   * Milliseconds from a lost connection to the next attempt; 0 for no further attempt. May be changed.
   * @default 0 milliseconds
   */
  reconnectInterval: number
  /**
   * Whether a lost connection is made again, if there is a `reconnectInterval`. May be changed; `disconnect` sets it to
   * false.
   * @default true
   */
  attemptsToReconnect: boolean
  readonly requests: Requests

  /** Connects, unless there is a connection already. A property of each client, bound to it. */
  connect: () => void
  /** Starts to wait for the next attempt. */
  beginReconnectInterval(): void
  /**
   * Sends a message. If we are not logged in, a `queue` keeps it, or 'error' is emitted with `TLSJSON_NOT_CONNECTED`.
   * @throws What `JSON.stringify` throws; `TLSJSON_NOT_CONNECTED` if there is no 'error' listener.
   * @example client.send({ hello: 'world' })
   */
  send(message: Out): void
  /**
   * Sends a request, which must be an object: it gets the request's id as `requestId`. Resolves with the answer.
   * @throws The promise rejects with a `NotConnectedError`, `ConnectionLostError`, `RequestTimeoutError` or `RemoteError`;
   *   with the reason of the `signal`; with `ERR_INVALID_ARG_TYPE` for what is no object, and `ERR_INVALID_ARG_VALUE` for
   *   a `timeout` of no use; or with what `JSON.stringify` throws.
   * @example const { sum } = await client.request({ add: [1, 2] })
   */
  request(message: Out, options?: RequestOptions): Promise<In>
  /** The same, where the type of this request's answer is known. */
  request<Answer = In>(message: Out, options?: RequestOptions): Promise<Answer>
  /** What it has done since it was made, over all of its connections, and what there is now. A new object at each call. */
  stats(): ClientStats
  /** Ends the connection and does not connect again. */
  disconnect(): void
  /**
   * Ends the connection in order and does not connect again: waits until requests are answered, both ways, and what was sent
   * is written. After `timeout`, 30,000 ms by default, it ends all the same. `await using` calls it.
   * @throws The promise rejects with `ERR_INVALID_ARG_VALUE` for a `timeout` of no use.
   */
  shutdown(options?: { timeout?: number }): Promise<void>
  /**
   * Holds back messages and requests until `resume()`, over lost connections as well. Pings are answered meanwhile, and
   * answers to requests come. About 1 MiB is held back; then the server has to wait.
   */
  pause(): this
  /** Goes on after `pause()`, in order. */
  resume(): this
  /**
   * Resolves once the client is logged in, at once if it is. It waits over attempts that fail.
   * @throws The promise rejects with `TLSJSON_PASSWORD_REFUSED`; with the error of the last attempt, if none follows; with
   *   a `NotConnectedError` after `disconnect()`; with a `ConnectTimeoutError`; or with the reason of the signal.
   * @example await client.ready({ timeout: 5000 })
   */
  ready(options?: ReadyOptions): Promise<void>
  /** Bytes buffered for the server: accepted by `send` and the like, and not yet encrypted. */
  readonly bufferedAmount: number
  /**
   * True if the caller should wait for 'drain': 1 MiB or more is buffered, without the text of this tick. 'drain' follows
   * unless the connection is lost.
   */
  readonly needDrain: boolean
}
