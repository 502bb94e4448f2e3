'use strict'

/** Plays a program with a pair of implementations. */

const { turn } = require('../helpers/events')
const { connecting } = require('./connecting')
const { steps } = require('./steps')
const { World } = require('./world')

const takes = { ...steps, ...connecting }

/**
 * @typedef {Record<string, string[]>} Block what each end observed in a step
 */

/**
 * @param {import('./program').Program} program
 * @param {{ server: import('./world').Subject, client: import('./world').Subject }} subjects
 * @returns {Promise<Block[]>} one for each step
 */
async function play({ steps: list, ...setting }, subjects) {
  const world = new World(subjects, setting)
  /** @type {Block[]} */
  const blocks = []
  try {
    await world.listen()
    for (const step of list) {
      const slot = world.slots[step.slot]
      const take = takes[step.op]
      if (!slot || !take) throw new Error(`no such step: ${JSON.stringify(step)}`)
      await take(world, slot, step)
      await world.settle()
      if (world.phase === 'closing' && world.server.sockets.size === 0) {
        await world.until(() => world.phase === 'down', 'the close callback')
      }
      await turn()
      blocks.push(world.take())
    }
  } catch (error) {
    const { message } = /** @type {Error} */ (error)
    // The step stands for itself in the transcript: another pair may get past it.
    blocks.push({ ...world.take(), failed: [message] })
  } finally {
    await world.end()
  }
  return blocks
}

module.exports = { play }
