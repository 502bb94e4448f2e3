// What this package does with Node's servers, and Node's types do not tell: it is there so that programs can wrap it.

import 'node:net'

declare module 'node:net' {
  interface Server {
    /** What listens: one of libuv's, or what is put in its place; null while nothing does. */
    _handle: any
    /** How many connections its own handle has accepted that are not gone. */
    _connections: number
    /** Whether it is not to hold the process. */
    _unref: boolean
    /** Makes the handle, where there is none yet, and listens. `listen` calls it with what it makes of its arguments. */
    _listen2(
      address: string | null,
      port: number | null,
      addressType: number | null,
      backlog: number,
      fd?: number,
      flags?: number,
    ): void
    /** Emits 'close' if there is neither a handle nor a connection. Called whenever one of them has gone. */
    _emitCloseIfDrained(): void
  }
}
