import type { EventEmitter } from 'node:events'
import type { Socket as NetSocket } from 'node:net'

type Ends = `${'local' | 'remote'}${'Address' | 'Family' | 'Port'}`
type State = 'address' | 'closed' | 'connecting' | 'destroyed' | 'pending' | 'readyState'
type Traffic = 'bytesRead' | 'bytesWritten' | 'timeout'

/** A client that has no TLS yet, as 'connection' shows it; 'close' says that its connection is gone, at whatever time. */
export interface Peer extends EventEmitter, Readonly<Pick<NetSocket, Ends | State | Traffic>> {
  /** Ends the connection, in its handshake or later. */
  destroy(error?: Error): this
  end(): this
  destroySoon(): void
  resetAndDestroy(): this
  /** Emits 'timeout' when nothing was sent or received for so long; ends nothing. */
  setTimeout(ms: number, callback?: () => void): this
  /** Without effect, as of a `Socket`. */
  setNoDelay(noDelay?: boolean): this
  setKeepAlive(enable?: boolean, initialDelay?: number): this
  ref(): this
  unref(): this
  readonly authorized: boolean
  /** In 'tlsClientError': the code of what is wrong with its certificate, if it was refused for that. */
  readonly authorizationError: string | null
}
