'use strict'

// A list that is told page by page: each has to fit into a message of the broker.

/** Clients of one page, and bytes. */
const PAGE_CLIENTS = 500
const PAGE_BYTES = 64 * 1024

/** Texts, as many at a time as there is room for. */
class Pages {
  #texts
  /** What had no room on the last page. @type {string | undefined} */
  #held

  /** @param {Iterator<string, void>} texts */
  constructor(texts) {
    this.#texts = texts
  }

  /**
   * @param {number} room In bytes. One that is longer is a page by itself.
   * @returns {{ clients: string[], more: boolean }}
   */
  next(room) {
    const most = Math.min(room, PAGE_BYTES)
    const clients = []
    let bytes = 0
    for (;;) {
      const text = this.#held ?? this.#texts.next().value
      this.#held = undefined
      if (text === undefined) return { clients, more: false }
      // With the comma.
      bytes += Buffer.byteLength(text) + 1
      if (clients.length === PAGE_CLIENTS || (clients.length > 0 && bytes > most)) {
        this.#held = text
        return { clients, more: true }
      }
      clients.push(text)
    }
  }
}

exports.Pages = Pages
