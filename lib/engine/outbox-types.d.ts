/** What can be written to. Of its text of this tick all is in `pending`, or all in `group`. */
export interface Target {
  /** The engine's number of the connection. */
  id: number
  /** Text of this tick that is for it alone. */
  pending: string
  /** Text of this tick that it has in common with others. */
  group: Group | null
  /** The last one in which something was handed over for it. */
  tick: number
  /** Whether the engine has something of this tick that it is to write with the rest. */
  queued: boolean
  /** Of the server or client that it belongs to. */
  stats: object
  /** What it is handed to: the engine, or Node's own TLS. */
  carrier: {
    /** With `first` the first line is a record of its own. */
    write(id: number, text: string, first: boolean): boolean
    queueFirst(id: number, text: string): void
    writeBytes(id: number, bytes: Buffer): boolean
  }
}

/**
 * Connections to which the same was written in this tick, and nothing else: it is handed over once for all of them.
 * Whoever is written something of its own leaves, and takes the text along; so everybody's order is kept.
 */
export interface Group {
  /** Those that were in it at the beginning. */
  targets: readonly Target[]
  /** How many of them still are. */
  size: number
  text: string
}
