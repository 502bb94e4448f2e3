/** What of the package `redis` is used. tsconfig.json takes this for its types. */

export interface NodeRedisClient {
  readonly isOpen: boolean
  /** Only a client of one server has it: not those of a cluster, a pool or sentinels. */
  readonly isPubSubActive: boolean
  readonly options?: { socket?: object }
  duplicate(options: object): NodeRedisClient
  on(event: 'error', listener: (error: Error) => void): unknown
  connect(): Promise<unknown>
  sendCommand(args: string[], options?: { timeout?: number }): Promise<unknown>
  subscribe(channels: string[], listener: (text: string, channel: string) => void): Promise<void>
  unsubscribe(...channels: string[]): Promise<void>
  destroy(): void
}

export function createClient(options?: object): NodeRedisClient
