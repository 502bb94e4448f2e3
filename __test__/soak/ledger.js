'use strict'

/**
 * What is said over one connection: everything gets the connection's token and the next number of
 * its direction, and what comes must be the very next of the same connection. So nothing can be
 * lost, repeated, out of order or from another connection without being seen; only the end of
 * what was under way when a connection was lost may be missing.
 */

/** A body's text begins so; the rest is filler. */
const FILLER = 'abcdefghijklmnopqrstuvwxyz012345'

/**
 * @param {number} n
 * @param {number} size
 * @returns {string} `size` characters that depend on `n`
 */
function bodyOf(n, size) {
  const at = n % FILLER.length
  const text = FILLER.slice(at) + FILLER.slice(0, at)
  return text.repeat(Math.ceil(size / text.length)).slice(0, size)
}

class Ledger {
  /** @param {(kind: string, detail: string) => void} finding is told what is wrong */
  constructor(finding) {
    this.finding = finding
    /** The connection's name, which its client gives. */
    this.token = ''
    this.sent = 0
    this.received = 0
  }

  /**
   * Numbers something that is sent now.
   *
   * @param {{ k: string, size?: number }} value `size` is that of a body
   * @returns {any}
   */
  stamp(value) {
    const n = ++this.sent
    const body = value.size === undefined ? undefined : bodyOf(n, value.size)
    return { t: this.token, n, ...value, body }
  }

  /**
   * Looks at something that came.
   *
   * @param {any} value
   * @returns {boolean} whether it was the next
   */
  take(value) {
    if (typeof value?.n !== 'number') {
      return this.#wrong('unknown', JSON.stringify(value)?.slice(0, 200))
    }
    const { t, n, size, body } = value
    if (t !== this.token) return this.#wrong('of another connection', `${t}, number ${n}`)
    const due = this.received + 1
    if (n < due) return this.#wrong('repeated', `number ${n}, ${due} was due`)
    this.received = n
    if (n > due) return this.#wrong('lost', `number ${due} to ${n - 1}`)
    if (size !== undefined && body !== bodyOf(n, size)) {
      return this.#wrong('changed', `the body of number ${n}`)
    }
    return true
  }

  /**
   * Looks at a response. When the promise of a request continues, exactly that has been received
   * which was sent before the response.
   *
   * @param {{ after: number }} response
   * @param {boolean} exactly false: more may have come already, as with the original
   */
  answered({ after }, exactly) {
    const { received } = this
    if (received < after) this.#wrong('lost', `${received} came before a response, ${after} were`)
    if (exactly && received > after) {
      this.#wrong('out of order', `${received} came before a response, ${after} were sent before`)
    }
  }

  /**
   * @param {string} kind
   * @param {string} detail
   * @returns {boolean} false
   */
  #wrong(kind, detail) {
    this.finding(kind, `on ${this.token || 'a new connection'}: ${detail}`)
    return false
  }
}

module.exports = { Ledger }
