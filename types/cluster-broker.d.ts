/** What a `Broker` tells the cluster that has opened it. */
export interface BrokerEvents {
  /** Something was published at a channel that is subscribed to. */
  message(channel: string, text: string, tag?: string): void
  /** It is connected, for the first time or again. What was subscribed to before is so again. */
  up(): void
  /** It is not connected any more, or cannot be reached. From now on nothing is taken. Told again for another reason. */
  down(error: Error): void
  /** If it can be known: nobody subscribes to the channel at which something was published with this tag. */
  undelivered(tag: string, channel: string): void
  /** There is room again after `publish` has returned false. */
  drain(): void
  /**
   * Something else went wrong of which a call cannot tell: the broker did not take a message; or, with `channel`, does not allow
   * what was subscribed to before. To that it is not subscribed any more.
   */
  error?(error: Error, channel?: string): void
}

/**
 * What carries the messages of a cluster: `nats()`, `redis()`, `memoryBroker().connect()`, or one of your own.
 *
 * What one node publishes reaches another in that order, over all channels; at most once; and not the node itself. Names
 * of channels consist of letters, digits, `_`, `-` and `.`.
 */
export interface Broker {
  /**
   * Connects, and connects again whenever the connection is lost, until `close`. Resolves once it is connected, and tells `up`
   * then or before. Rejects if it never can be.
   */
  open(
    events: BrokerEvents,
    limits: { maxBufferedBytes: number },
  ): Promise<{ maxMessageBytes: number }>
  /**
   * @param tag Asks for `undelivered`.
   * @returns false if it was not taken, because there is no connection, or more than `maxBufferedBytes` would be unconfirmed.
   */
  publish(channel: string, text: string, tag?: string): boolean
  /**
   * Resolves when the broker has confirmed it; rejects if the broker does not allow it. While there is no connection it resolves
   * at once: all subscriptions are made again before `up`, and what is refused then `error` tells.
   */
  subscribe(channel: string): Promise<void> | void
  unsubscribe(channel: string): void
  /** Resolves when the broker has confirmed all that was published before. Rejects if the connection is lost before. */
  flush(): Promise<void>
  /** Writes what was published, as far as that is possible in short time, and ends the connection. Nothing is told any more. */
  close(): Promise<void>
  /** Bytes published that the broker has not confirmed. */
  readonly bufferedAmount: number
  /** Where it can change, as with the server of another connection: what it is now. Otherwise `open` has told it. */
  readonly maxMessageBytes?: number | undefined
}

export {} // Without this everything above would be exported.
