'use strict'

const { memoryBroker } = require('../../cluster')
const { Channels, newNodeId } = require('../../lib/cluster/names')

/** Somebody who writes to the channels of a cluster by hand. */
class Writer {
  constructor() {
    this.hub = memoryBroker()
    this.broker = this.hub.connect()
    this.id = newNodeId('future')
    this.channels = new Channels('tls-json')
    /** @type {any[]} */
    this.heard = []
    /** What it does with what it hears. @type {(message: any) => void} */
    this.answer = () => {}
  }

  async open() {
    const drop = () => {}
    const message = (/** @type {string} */ _, /** @type {string} */ text) => {
      const [header = '', payload] = text.split('\n')
      const heard = { ...JSON.parse(header), payload }
      this.heard.push(heard)
      this.answer(heard)
    }
    const events = { message, up: drop, down: drop, undelivered: drop, drain: drop }
    await this.broker.open(events, { maxBufferedBytes: 1e6 })
    await this.broker.subscribe(this.channels.node(this.id))
  }

  /** @param {string} channel @param {any} header @param {string} [payload] */
  write(channel, header, payload) {
    const text = JSON.stringify({ v: 2, from: this.id, ...header })
    this.broker.publish(channel, payload === undefined ? text : `${text}\n${payload}`)
    return this.broker.flush()
  }
}

exports.Writer = Writer
