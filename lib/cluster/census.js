'use strict'

// Who is there, on all nodes: counted, or one by one.

const { kinds } = require('./wire')
const { OneCall } = require('./calls')
const { pageOf } = require('./answers')
const { Poll } = require('./poll')
const { dropper } = require('./requests')

/** Nodes that are asked at a time: each page waits here until it is read. */
const AT_A_TIME = 4

/** Milliseconds that a node may take for a page, or for a number. */
const TIMEOUT = 5000

/** @typedef {import('./node').Node} Node */
/** @typedef {AsyncGenerator<any[], void>} List The clients of one node, page by page. */
/** @typedef {{ of: string, list: List, result?: IteratorResult<any[], void> }} Read */
/** @typedef {{ room: string | undefined, timeout: number, signal: AbortSignal | undefined }} Options */

/**
 * @param {Node} node
 * @param {Options} options
 * @returns {Promise<{ clients: number, missing: string[] }>}
 */
function count(node, { room, timeout, signal }) {
  return new Promise((resolve, reject) => {
    let clients = node.link.count(room)
    /** @type {string[]} */
    const missing = []
    const poll = new Poll(
      node,
      {
        reply: header => {
          clients += header.count ?? 0
          return true
        },
        fail: ({ from }) => {
          missing.push(from)
          return true
        },
        missing: from => void missing.push(from),
        done: (error, outcome) => {
          if (outcome === 'aborted') reject(error)
          else resolve({ clients, missing })
        },
      },
      () => {},
    )
    node.calls.open(poll, { timeout, signal })
    const fields = { id: poll.id, act: 'count', room }
    const error = node.uplink.publish(node.channels.all, kinds.CALL, fields)
    if (error !== null) poll.disconnected(() => error)
    poll.doneHere()
  })
}

/**
 * A page of the clients of another node.
 * @param {Node} node
 * @param {string} of
 * @param {object} fields
 * @param {Options} options
 * @returns {Promise<{ id: number, clients: any[], more: boolean }>}
 */
function page(node, of, fields, { timeout, signal }) {
  return new Promise((resolve, reject) => {
    const call = new OneCall(
      node.calls,
      of,
      (failure, _, reply) => {
        const told = reply === undefined ? { error: failure } : pageOf(reply.header, reply.payload)
        if ('answer' in told) {
          resolve({ id: call.id, clients: told.answer, more: reply?.header.more === true })
        } else {
          reject(told.error)
        }
      },
      dropper(node, of),
    )
    node.ask(call, { act: 'page', ...fields }, undefined, { timeout, signal })
  })
}

/**
 * The clients of another node.
 * @param {Node} node
 * @param {string} of
 * @param {Options} options
 * @returns {List}
 */
async function* pages(node, of, options) {
  const first = await page(node, of, { room: options.room }, options)
  const list = first.id
  let { clients, more } = first
  try {
    while (more) {
      const next = page(node, of, { page: list }, options)
      // It is asked for while this one is read; whether it came is seen behind that.
      next.catch(() => {})
      yield clients
      ;({ clients, more } = await next)
    }
    yield clients
  } finally {
    if (more) node.tell(of, kinds.DROP, { id: list })
  }
}

/** The clients of all nodes: of a few nodes at a time, whichever come first. */
class Census {
  #node
  #options
  /** Nodes that have not answered, or not to the end. @type {string[]} */
  missing = []

  /**
   * @param {Node} node
   * @param {Options} options
   */
  constructor(node, options) {
    this.#node = node
    this.#options = options
  }

  /** @returns {AsyncGenerator<any, void>} */
  async *[Symbol.asyncIterator]() {
    const { signal, room } = this.#options
    this.missing.length = 0
    for (const client of this.#node.link.clients(room)) {
      if (signal?.aborted) throw signal.reason
      yield this.#node.service.entry(client)
    }
    yield* this.#others()
  }

  async *#others() {
    const { signal } = this.#options
    if (signal?.aborted) throw signal.reason
    // It ends what is under way: for the program's signal, and for who leaves the loop.
    const controller = new AbortController()
    const abort = () => controller.abort(signal?.reason)
    signal?.addEventListener('abort', abort)
    const options = { ...this.#options, signal: controller.signal }
    const waiting = [...this.#node.presence.nodes.keys()]
    /** The next page of each that is read. @type {Map<string, Promise<Read>>} */
    const reading = new Map()
    /** @type {Set<List>} */
    const lists = new Set()
    const read = (/** @type {string} */ of, /** @type {List} */ list) => {
      const next = list.next().then(
        result => ({ of, list, result }),
        (/** @type {any} */ error) => ({ of, list, error }),
      )
      reading.set(of, next)
    }
    try {
      while (waiting.length > 0 || reading.size > 0) {
        while (reading.size < AT_A_TIME && waiting.length > 0) {
          const of = /** @type {string} */ (waiting.shift())
          const list = pages(this.#node, of, options)
          lists.add(list)
          read(of, list)
        }
        const { of, list, result } = await Promise.race(reading.values())
        reading.delete(of)
        if (controller.signal.aborted) throw controller.signal.reason
        if (result === undefined) this.missing.push(of)
        else if (!result.done) {
          read(of, list)
          yield* result.value
        }
      }
    } finally {
      signal?.removeEventListener('abort', abort)
      controller.abort()
      // So that the other node need not keep what it has not told yet. That they were ended is no news.
      for (const list of lists) list.return().catch(() => {})
    }
  }
}

module.exports = { Census, TIMEOUT, count }
