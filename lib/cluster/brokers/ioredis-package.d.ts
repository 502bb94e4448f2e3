/** What of the package `ioredis` is used. tsconfig.json takes this for its types. */

export interface IoredisClient {
  readonly status: string
  readonly isCluster?: boolean
  readonly stream?: { destroy(): void }
  duplicate(options: object): IoredisClient
  on(event: 'error', listener: (error: Error) => void): unknown
  on(event: 'end', listener: () => void): unknown
  on(event: 'message', listener: (channel: string, text: string) => void): unknown
  connect(): Promise<void>
  call(command: string, ...args: string[]): Promise<unknown>
  ping(): Promise<unknown>
  subscribe(...channels: string[]): Promise<unknown>
  unsubscribe(...channels: string[]): Promise<unknown>
  disconnect(): void
}

export interface RedisClass {
  new (options: object): IoredisClient
  new (url: string, options: object): IoredisClient
}

export const Redis: RedisClass | undefined

declare const _default: RedisClass
export default _default
