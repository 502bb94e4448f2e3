'use strict'

/** @typedef {import('./reference-peer').Connection} Peer */

/** What peers have said and heard, for comparison. */
class Account {
  /** @type {Set<Peer>} */
  peers = new Set()
  said = 0

  /** @param {Peer} peer */
  add(peer) {
    this.peers.add(peer)
    return peer
  }

  /**
   * @param {Peer} peer
   * @param {...unknown} values
   */
  async say(peer, ...values) {
    const text = values.map(value => `${JSON.stringify(value)}\n`).join('')
    this.said += Buffer.byteLength(text)
    await peer.write(text)
  }

  /** Bytes that all peers have heard. */
  get heard() {
    let bytes = 0
    for (const { chunks } of this.peers) for (const { length } of chunks) bytes += length
    return bytes
  }
}

module.exports = { Account }
