'use strict'

// What one node subscribes to at NATS, and how a tag gets to the receiver and back: in the subject for replies, which is
// `inbox.tag.channel`. So nothing has to be remembered of what was published. By its inbox a node also knows its own messages,
// where the server sends them back.

const crypto = require('node:crypto')

const { decodeTag, encodeTag } = require('./tags')

/** @typedef {import('./nats-package').NatsConnection} NatsConnection */
/** @typedef {import('./nats-package').Subscription} Subscription */
/** @typedef {import('./nats-package').Msg} Msg */

/** With this code, and no text, a server says that nobody subscribes to a subject. */
const NO_RESPONDERS = 503

/** In place of a tag where there is none: a tag has a sign before it. */
const NO_TAG = '-'

/** What the subjects for replies begin with by custom: servers often allow it to everybody. */
const INBOX = '_INBOX'

/**
 * @param {Msg} message
 * @returns {string}
 */
function textOf({ data }) {
  // Not `message.string()`: it leaves out a byte order mark.
  return Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString()
}

/**
 * @param {string | undefined} token
 * @returns {string | undefined}
 */
function tagOf(token) {
  return token?.startsWith('t') ? decodeTag(token.slice(1)) : undefined
}

/** The subscriptions of one broker, over one connection after the other. */
class NatsSubscriptions {
  #events
  #inbox = ''
  /** Whether the server sends back what was published: then each message says who it is from. */
  #marksAll = false
  /** @type {NatsConnection | undefined} */
  #connection
  /** @type {Subscription | undefined} */
  #replies
  /** Of each channel what it is at the connection of now. @type {Map<string, Subscription | undefined>} */
  #channels = new Map()
  /** What the server did not allow, until somebody asked. @type {Map<string, Error>} */
  #refused = new Map()

  /** @param {ReturnType<typeof import('./shield').shield>} events */
  constructor(events) {
    this.#events = events
  }

  /**
   * Subscribes to everything at a new connection. One that is made again keeps its subscriptions by itself.
   *
   * @param {NatsConnection} connection
   */
  attach(connection) {
    this.#connection = connection
    const { inboxPrefix = INBOX, noEcho } = connection.options ?? {}
    this.#marksAll = noEcho !== true
    this.#inbox = `${inboxPrefix}.${crypto.randomBytes(12).toString('base64url')}`
    this.#replies = connection.subscribe(`${this.#inbox}.>`, {
      callback: (err, message) => {
        if (err) this.#events.error(err)
        else this.#replied(message)
      },
    })
    for (const channel of this.#channels.keys()) this.#subscribe(connection, channel)
  }

  /** @param {string} channel */
  add(channel) {
    if (this.#channels.has(channel)) return
    this.#refused.delete(channel)
    this.#channels.set(channel, undefined)
    const connection = this.#connection
    // What its user has ended would throw.
    if (connection === undefined || connection.isClosed() || connection.isDraining()) return
    this.#subscribe(connection, channel)
  }

  /** @param {string} channel */
  remove(channel) {
    this.#channels.get(channel)?.unsubscribe()
    this.#channels.delete(channel)
    this.#refused.delete(channel)
  }

  /**
   * @param {string} channel
   * @throws {Error} if the server has not allowed it
   */
  check(channel) {
    const err = this.#refused.get(channel)
    this.#refused.delete(channel)
    if (err) throw err
  }

  /** Tells what the server has not allowed at a connection that was made again: nobody has asked. */
  tellRefused() {
    for (const [channel, err] of this.#refused) this.#events.error(err, channel)
    this.#refused.clear()
  }

  /**
   * @param {string} channel
   * @param {string | undefined} tag
   * @returns {{ reply: string } | undefined} the subject at which the server says that nobody listens
   */
  replyTo(channel, tag) {
    if (tag !== undefined) return { reply: `${this.#inbox}.t${encodeTag(tag)}.${channel}` }
    return this.#marksAll ? { reply: `${this.#inbox}.${NO_TAG}.${channel}` } : undefined
  }

  /** Ends all of them. */
  end() {
    for (const subscription of this.#channels.values()) subscription?.unsubscribe()
    this.#replies?.unsubscribe()
    this.#channels.clear()
  }

  /**
   * @param {NatsConnection} connection
   * @param {string} channel
   */
  #subscribe(connection, channel) {
    const subscription = connection.subscribe(channel, {
      callback: (err, message) => {
        if (err) this.#failed(channel, err)
        else this.#received(channel, message)
      },
    })
    this.#channels.set(channel, subscription)
  }

  /**
   * @param {string} channel
   * @param {Error} err
   */
  #failed(channel, err) {
    // It was left before the server has answered.
    if (!this.#channels.delete(channel)) return
    this.#refused.set(channel, err)
  }

  /**
   * @param {string} channel
   * @param {Msg} message
   */
  #received(channel, message) {
    const { reply } = message
    if (reply?.startsWith(this.#inbox)) return
    const isOurs = reply?.endsWith(`.${channel}`)
    const before = isOurs ? reply?.slice(0, -channel.length - 1) : undefined
    this.#events.message(
      channel,
      textOf(message),
      tagOf(before?.slice(before.lastIndexOf('.') + 1)),
    )
  }

  /** @param {Msg} message */
  #replied({ subject, headers, data }) {
    if (headers?.code !== NO_RESPONDERS || data.length > 0) return
    const rest = subject.slice(this.#inbox.length + 1)
    const at = rest.indexOf('.')
    const tag = tagOf(rest.slice(0, at))
    if (tag !== undefined) this.#events.undelivered(tag, rest.slice(at + 1))
  }
}

module.exports = { NatsSubscriptions }
