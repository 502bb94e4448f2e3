'use strict'

/** What one node has done since it was made. */
class Stats {
  constructor() {
    /** What the broker has taken. Characters, because to count bytes would cost more than all else. */
    this.published = { messages: 0, characters: 0 }
    this.received = { messages: 0, characters: 0 }
    /** What was not published: of each, why. */
    this.dropped = { down: 0, full: 0, tooLong: 0 }
    /** Messages of this node's own clients and for them that found nobody. */
    this.absent = 0
    /** Messages of a kind that this version does not know. */
    this.unknown = 0
    /** What came on our channels and is no message of a cluster. */
    this.malformed = 0
    /** Errors that nobody listened for. */
    this.unheard = 0
  }
}

exports.Stats = Stats
