'use strict'

/**
 * One node of the benchmark of clusters.
 */

const { setTimeout: wait } = require('node:timers/promises')

const { percentile } = require('../lib/statistics')
const { Meter } = require('../lib/usage')
const { serve, time } = require('./channel')
const { startNode } = require('./peers')

/** A message is so long, in bytes of JSON. */
const TEXT = 'x'.repeat(215)

/** Broadcasts that may be under way. */
const WINDOW = 200

/** Requests that may be. */
const IN_FLIGHT = 64

/** @type {import('./peers').Node} */
let node

/** How many broadcasts the clients of each node have got. @type {Map<number, number>} */
const got = new Map()

/** Called when that has changed. */
let changed = () => {}

serve(
  {
    async start(setup) {
      node = await startNode(setup)
      return { port: node.port }
    },

    globalId: id => node.globalId(id),

    /**
     * Broadcasts as fast as the clients of all nodes take it.
     *
     * @param {{ groups: number, warmUp: number, milliseconds: number }} options
     */
    async flood({ groups, warmUp, milliseconds }) {
      for (let group = 0; group < groups; group++) got.set(group, 0)
      const meter = new Meter(false)
      const begin = time() + warmUp
      let [sent, before, measured] = [0, 0, false]
      while (time() < begin + milliseconds) {
        if (!measured && time() >= begin) {
          measured = true
          before = sent
          meter.begin()
        }
        for (let n = 0; n < 10; n++) node.broadcast({ n: sent++, at: 0, text: TEXT })
        await node.relief()
        while (sent - Math.min(...got.values()) >= WINDOW) {
          await new Promise(resolve => (changed = () => resolve(undefined)))
        }
      }
      const { thread } = meter.read()
      return { thread, sent: sent - before, total: sent }
    },

    /** @param {number} count broadcasts, one after the other with time between */
    async pace(count) {
      for (let n = 0; n < count; n++) {
        node.broadcast({ n, at: time(), text: TEXT })
        await wait(20)
      }
    },

    /**
     * @param {any} id of a client
     * @param {number} milliseconds
     */
    async requests(id, milliseconds) {
      const ask = async () => {
        const began = time()
        await node.request(id, { text: TEXT })
        return time() - began
      }
      for (let n = 0; n < 200; n++) await ask()
      const alone = []
      for (let n = 0; n < 500; n++) alone.push(await ask())
      let answered = 0
      const end = time() + milliseconds
      const lane = async () => {
        while (time() < end) {
          await ask()
          answered++
        }
      }
      await Promise.all(Array.from({ length: IN_FLIGHT }, lane))
      return {
        alone: percentile(alone, 0.5),
        late: percentile(alone, 0.99),
        rate: (answered / milliseconds) * 1000,
      }
    },
  },
  ({ group, count }) => {
    got.set(group, count)
    changed()
  },
)
