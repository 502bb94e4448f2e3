import type { Client, Server } from '../index'
import type { CodedError } from './errors'
import type { Socket } from './socket'

/** Which connection of which server or client a message of a diagnostics channel is about. */
export type Whose = OfServer | OfClient

/** `server` is not enumerable, so that nobody prints its password by printing the message. */
export interface OfServer {
  readonly server: Server
  readonly client?: undefined
  id: number
  socket: Socket
}

/** `client` is not enumerable. */
export interface OfClient {
  readonly client: Client
  readonly server?: undefined
  socket: Socket
  /** Which of `servers` it is about, if the client has that option. */
  target?: { host: string; port: number | string }
}

/**
 * What the channels of `node:diagnostics_channel` publish, by their names. docs/reference/observability.md tells of each.
 * @example
 * subscribe('tls-json:connection:cut', message => {
 *   const { code } = message as Channels['tls-json:connection:cut']
 *   console.log(code)
 * })
 */
export interface Channels {
  'tls-json:server:connection': OfServer
  'tls-json:server:authenticated': OfServer
  'tls-json:server:refused': OfServer
  /** `error` is what `authenticate` threw; `TLSJSON_AUTHENTICATE_TIMEOUT` if it did not answer. */
  'tls-json:server:authenticate-error': OfServer & { error: unknown }
  'tls-json:server:certificate-refused': {
    readonly server: Server
    /** OpenSSL's, of what is wrong with it. */
    code: string
    remoteAddress: string | undefined
    remotePort: number | undefined
  }
  'tls-json:client:connect': OfClient
  'tls-json:client:secure': OfClient
  'tls-json:client:authenticated': OfClient
  'tls-json:client:refused': OfClient
  'tls-json:client:connect-error': OfClient & { code: string; error: CodedError }
  'tls-json:client:reconnect-attempt': { readonly client: Client }
  'tls-json:client:dropped': { readonly client: Client; reason: string; count: number }
  'tls-json:client:unconfirmed': { readonly client: Client; count: number }
  /** `error` where there is one: not for the three codes that are no errors. */
  'tls-json:connection:cut': Whose & { code: string; error: CodedError | undefined }
  'tls-json:connection:close': Whose
  /** `request` is the object that was given to `request`. */
  'tls-json:request:start': Whose & { requestId: number; request: unknown }
  /** `duration` in milliseconds. */
  'tls-json:request:settle': Whose & {
    requestId: number
    request: unknown
    outcome: 'answered' | 'failed' | 'timeout' | 'aborted' | 'lost'
    duration: number
  }
}

export {} // Without this everything above would be exported.
