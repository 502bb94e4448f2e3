'use strict'

// When the outbox hands text over to the engine.

module.exports = {
  /**
   * Connections that write immediately in a tick. None in a tick that handles several messages which came together:
   * separate answers would separate later messages, too.
   */
  AT_ONCE: 2,

  /** Connections whose first text of a tick is left with the engine, which writes it soon even if the tick goes on. */
  BEFORE_LONG: 6,

  /** First flush threshold of a tick, in characters: the peer can begin to work. */
  FIRST_HAND_OVER: 2048,

  /** Largest flush threshold, in characters: one TLS record. */
  LARGEST_HAND_OVER: 16384,

  /** Flush threshold of a fan-out, in characters: a tick must not buffer without bound. */
  MANY: 65536,

  /** A tick that writes to more connections than this is a fan-out, whose system calls belong on other threads. */
  FEW: 64,

  /** Duration after which a tick is long and its text is flushed, and after which it is flushed again, in milliseconds. */
  LONG: 1,

  /** The same for a fan-out, each part of which costs every connection a record and a system call. */
  LONG_FAN_OUT: 4,
}
