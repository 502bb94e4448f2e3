'use strict'

// What other nodes ask of this one, about its clients.

const errors = require('./errors')
const { codes } = require('../errors')
const { stringify } = require('../host/host')
const { Pages } = require('./pages')
const { kinds } = require('./wire')

/** @typedef {import('./wire').Header} Header */

/** Lists that are read at a time, and for how long one may rest. */
const LISTS = 256
const LIST_TIME = 60_000

/** Ids in one message, and bytes of each, with a comma. */
const IDS = 1000
const ID_BYTES = 16

/** What a message costs beside what is told in it, in bytes. */
const HEADER = 256

/**
 * A call that is being answered.
 * @typedef {object} Serving
 * @property {string} key
 * @property {string} from
 * @property {number} id
 * @property {AbortController} controller Gives up what is still with clients.
 */

/** Answers the calls of other nodes. */
class Service {
  #node
  #most
  #describe
  /** @type {Map<string, Serving>} */
  #serving = new Map()
  /** Requests that are with clients. */
  #open = 0
  /** Lists that are half read. @type {Map<string, { from: string, list: Pages, timer: any }>} */
  #lists = new Map()

  /**
   * @param {import('./node').Node} node
   * @param {import('./options').Options} options
   */
  constructor(node, { maxRequests, describe }) {
    this.#node = node
    this.#most = maxRequests
    this.#describe = describe
  }

  /** Requests that clients of this node have and that other nodes wait for. */
  get size() {
    return this.#open
  }

  /**
   * @param {Header} header
   * @param {string} payload
   */
  call(header, payload) {
    const { act, from, id, to, room } = header
    if (act === 'ask') this.#ask(header, payload)
    else if (act === 'count') this.#reply(from, { id, count: this.#node.link.count(room) })
    else if (act === 'page') this.#page(header)
    else if (to === undefined) this.#unknown(header)
    else if (!this.#node.link.has(to)) this.#fail(from, { id }, errors.notConnected(false))
    else if (act === 'request') this.#request(header, payload)
    else if (act === 'join' && room !== undefined) this.#join(header)
    else if (act === 'leave' && room !== undefined)
      this.#do(header, () => this.#node.link.leave(to, room))
    else if (act === 'end') this.#do(header, () => this.#node.link.end(to))
    else this.#unknown(header)
  }

  /**
   * Nobody waits for the answer to a call any more.
   * @param {Header} header
   */
  drop({ from, id }) {
    const key = `${from}/${id}`
    this.#serving.get(key)?.controller.abort()
    this.#serving.delete(key)
    this.#forget(key)
  }

  /**
   * @param {string} from A node that is gone.
   */
  lost(from) {
    for (const [key, serving] of this.#serving) {
      if (serving.from !== from) continue
      serving.controller.abort()
      this.#serving.delete(key)
    }
    for (const [key, list] of this.#lists) if (list.from === from) this.#forget(key)
  }

  /** This node goes. */
  close() {
    for (const { controller } of this.#serving.values()) controller.abort()
    this.#serving.clear()
    for (const key of this.#lists.keys()) this.#forget(key)
  }

  /**
   * @param {Header} header
   * @param {() => unknown} act
   */
  #do({ from, id }, act) {
    act()
    this.#reply(from, { id })
  }

  /** @param {Header} header */
  #join({ from, id, to, room }) {
    this.#node.join(to, room).then(
      () => this.#reply(from, { id }),
      error => this.#fail(from, { id }, error),
    )
  }

  /**
   * @param {Header} header
   * @param {string} payload
   */
  #request(header, payload) {
    const { id, time, to } = header
    const serving = this.#begin(header)
    this.#node.stats.requests.served++
    this.#node.observer.serve(header)
    this.#pass(serving, { id }, to, time, payload, () => {
      this.#node.observer.served(header)
      this.#end(serving)
    })
  }

  /**
   * @param {Header} header
   * @param {string} payload
   */
  #ask(header, payload) {
    const { from, id, rooms = [], except = [], time } = header
    const ids = [...this.#node.link.idsIn(rooms, this.#node.localsOf(except))]
    const most = Math.max(1, Math.min(IDS, Math.floor(this.#room() / ID_BYTES)))
    for (let at = 0; at === 0 || at < ids.length; at += most) {
      const who = ids.slice(at, at + most)
      this.#reply(from, { id, who, more: at + most < ids.length || undefined })
    }
    if (ids.length === 0) return
    const serving = this.#begin(header)
    let waiting = ids.length
    for (const of of ids) {
      this.#pass(serving, { id, of }, of, time, payload, () => {
        waiting--
        if (waiting === 0) this.#end(serving)
      })
    }
  }

  /**
   * @param {Header} header
   * @returns {Serving}
   */
  #begin({ from, id }) {
    const key = `${from}/${id}`
    const serving = { key, from, id, controller: new AbortController() }
    this.#serving.set(key, serving)
    return serving
  }

  /** @param {Serving} serving */
  #end({ key }) {
    this.#serving.delete(key)
  }

  /**
   * Passes a request on to a client, and its answer back.
   * @param {Serving} serving
   * @param {{ id: number, of?: number }} address
   * @param {number} to
   * @param {number | undefined} time
   * @param {string} payload
   * @param {() => void} done
   */
  #pass(serving, address, to, time, payload, done) {
    const { from, key, controller } = serving
    const isOpen = () => this.#serving.get(key) === serving
    const fail = (/** @type {any} */ error) => {
      if (isOpen()) this.#fail(from, address, error)
      done()
    }
    if (this.#open >= this.#most) {
      fail(errors.tooManyRequests(this.#most))
      return
    }
    const limits = { timeout: time ?? Infinity, signal: controller.signal }
    const asked = this.#node.link.request(to, payload, limits)
    if (asked === null) {
      fail(errors.notConnected(false))
      return
    }
    this.#open++
    asked.then(
      answer => {
        this.#open--
        if (isOpen()) this.#reply(from, address, stringify(answer))
        done()
      },
      error => {
        this.#open--
        // Who has asked has a clock of its own, which began before ours.
        if (error.code === codes.REQUEST_TIMEOUT) done()
        else fail(errors.ofRequest(error))
      },
    )
  }

  /** @param {Header} header */
  #page({ from, id, room, page }) {
    const key = `${from}/${page ?? id}`
    const known = this.#lists.get(key)
    if (page !== undefined && known === undefined) {
      this.#fail(from, { id }, errors.listLost(this.#node.id))
      return
    }
    const list = known?.list ?? new Pages(this.#entries(room))
    try {
      const { clients, more } = list.next(this.#room())
      const tooLong = this.#reply(from, { id, more: more || undefined }, `[${clients.join(',')}]`)
      this.#forget(key)
      if (tooLong !== null) this.#node.report(undefined, tooLong)
      else if (more) this.#keep(key, from, list)
    } catch (error) {
      // What `describe` throws concerns who has written it, and that is here.
      this.#forget(key)
      this.#fail(from, { id }, error)
      this.#node.report(undefined, error)
    }
  }

  /** Bytes of what can be told in one message. */
  #room() {
    return this.#node.uplink.maxMessageBytes - HEADER
  }

  /**
   * @param {string | undefined} room
   * @returns {Generator<string, void>}
   */
  *#entries(room) {
    for (const client of this.#node.link.clients(room)) yield stringify(this.entry(client))
  }

  /**
   * @param {import('../../index').ServerClient} client
   * @returns {any} What others are told of it.
   */
  entry(client) {
    const { id, rooms, since } = client
    const info = this.#describe?.(client)
    return { id: this.#node.idOf(id), node: this.#node.id, since, rooms: [...rooms], info }
  }

  /**
   * @param {string} key
   * @param {string} from
   * @param {Pages} list
   */
  #keep(key, from, list) {
    if (this.#lists.size >= LISTS) {
      const [oldest] = this.#lists.keys()
      if (oldest !== undefined) this.#forget(oldest)
    }
    const timer = this.#node.clock.setTimeout(() => this.#forget(key), LIST_TIME)
    this.#lists.set(key, { from, list, timer })
  }

  /** @param {string} key */
  #forget(key) {
    const list = this.#lists.get(key)
    if (list === undefined) return
    this.#node.clock.clearTimeout(list.timer)
    this.#lists.delete(key)
  }

  /** @param {Header} header Of a version that can more. */
  #unknown({ from, id, act }) {
    this.#node.stats.unknown++
    this.#fail(from, { id }, errors.unknownCall(this.#node.id, act))
  }

  /**
   * @param {string} from
   * @param {{ id: number, of?: number, [field: string]: unknown }} fields
   * @param {string} [payload]
   * @returns {import('../errors').CodedError | null} If it is too long.
   */
  #reply(from, fields, payload) {
    const error = this.#node.tell(from, kinds.REPLY, fields, payload)
    if (error?.code !== errors.codes.MESSAGE_TOO_LONG) return null
    const tooLong = errors.answerTooLong(error)
    this.#fail(from, fields, tooLong)
    return tooLong
  }

  /**
   * @param {string} from
   * @param {{ id: number, of?: number }} address
   * @param {any} error
   */
  #fail(from, { id, of }, error) {
    // What is not taken is counted, and who has asked has a clock.
    const failed = this.#node.tell(from, kinds.FAIL, { id, of, error: errors.toWire(error) })
    if (failed?.code !== errors.codes.MESSAGE_TOO_LONG) return
    // A client may say much about an error.
    const tooLong = errors.toWire(errors.answerTooLong(failed))
    this.#node.tell(from, kinds.FAIL, { id, of, error: tooLong })
  }
}

exports.Service = Service
