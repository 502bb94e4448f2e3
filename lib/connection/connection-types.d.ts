import type { LoginResult } from '../engine/engine'
import type { Observer } from '../observe/observer'
import type { Connection } from './connection'

/** What a server or client does with its connections. */
export interface Owner {
  /** Sees what happens. */
  observer: Observer
  /** Before login: what a line holds, undefined if it is not JSON. */
  login(connection: Connection, value: any): void
  /** After login: what a line holds, never falsy. */
  message(connection: Connection, value: any): void
  /** After login: a request, without its id. */
  request(connection: Connection, value: any, requestId: number): void
  /** After login: a response, without its id. */
  response(connection: Connection, value: any, responseId: number): void
  /** The connection fails; `close` follows. */
  error(connection: Connection, error: Error): void
  /** The connection is gone. */
  close(connection: Connection): void
  /** Nothing is buffered any more, after the caller was told to wait. */
  drain?(connection: Connection): void
  /** The peer did not answer a ping; `close` follows. */
  timeout?(connection: Connection): void
  /** The peer has ended its side while its login line was being judged. */
  left?(connection: Connection): void
  /** TCP is up. */
  connect?(connection: Connection): void
  /** The server's certificate is verified; whether to trust it is to be decided. */
  verified?(connection: Connection, signal: any): void
}

/** What carries a connection: the engine, or a `NodeCarrier`. The numbers are the connection's; see the engine for the rest. */
export interface Carrier {
  /** With `first` the first line is a record of its own. */
  write(id: number, text: string, first: boolean): boolean
  queueFirst(id: number, text: string): void
  writeBytes(id: number, bytes: Buffer): boolean
  reportDrain(id: number): void
  end(id: number): void
  destroy(id: number): void
  pause(id: number): void
  hold(id: number): void
  resume(id: number): void
  login(id: number, result: LoginResult): void
  pong(id: number, key: number): void
  byteCounts(id: number): { read: number; written: number } | null
  buffered(id: number): number
  /** Bytes of lines that wait to be handed on. */
  waiting(id: number): number
}
