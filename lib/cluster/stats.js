'use strict'

/** What one node has counted since it was made. */
class Stats {
  constructor() {
    /** What the broker has taken. Characters, because to count bytes would cost more than all else. */
    this.published = { messages: 0, characters: 0 }
    this.received = { messages: 0, characters: 0 }
    /** What was not published: of each, why. */
    this.dropped = { down: 0, full: 0, tooLong: 0 }
    /** Messages to clients that were not there any more, of this node and of others. */
    this.absent = 0
    /** Errors, and those of them that nobody listened for. */
    this.errors = { total: 0, unheard: 0 }
    /** Messages of a kind that this version does not know. */
    this.unknown = 0
    /** What came on our channels and is no message of a node. */
    this.malformed = 0
    /** `refused`: of nodes beyond those of which it takes notice. */
    this.beats = { sent: 0, received: 0, refused: 0 }
    /** How often this node came too late to judge others: it hung itself. */
    this.lateLooks = 0
    /** How often nodes have come and gone. */
    this.nodes = { up: 0, left: 0, gone: 0, silent: 0 }
    /** How often the broker was there, and was lost. */
    this.broker = { up: 0, down: 0 }
    /** Of this node, to other nodes. */
    this.requests = { sent: 0, answered: 0, failed: 0, timedOut: 0, aborted: 0, lost: 0, served: 0 }
  }
}

exports.Stats = Stats
