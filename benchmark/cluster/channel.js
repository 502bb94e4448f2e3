'use strict'

/**
 * What processes of this benchmark ask of one another, over IPC.
 */

const { fork } = require('node:child_process')

/** A process that is asked for things. */
class Worker {
  #calls = 0
  /** @type {Map<number, { resolve: (value: any) => void, reject: (error: Error) => void }>} */
  #waiting = new Map()

  /**
   * @param {string} file
   * @param {(message: any) => void} [told] what it says without being asked
   */
  constructor(file, told = () => {}) {
    this.child = fork(file)
    this.child.on('message', (/** @type {any} */ message) => {
      if (message.call === undefined) return told(message)
      const waiting = this.#waiting.get(message.call)
      this.#waiting.delete(message.call)
      if (message.error === undefined) waiting?.resolve(message.result)
      else waiting?.reject(new Error(message.error))
    })
    this.child.on('exit', code => {
      for (const { reject } of this.#waiting.values()) {
        reject(new Error(`${file} has ended: ${code}`))
      }
    })
  }

  /**
   * @param {string} name
   * @param {...any} args
   * @returns {Promise<any>}
   */
  ask(name, ...args) {
    const call = ++this.#calls
    return new Promise((resolve, reject) => {
      this.#waiting.set(call, { resolve, reject })
      this.child.send({ call, name, args })
    })
  }

  /** @param {any} message that is not answered */
  tell(message) {
    this.child.send(message)
  }

  end() {
    this.child.kill('SIGKILL')
  }
}

/**
 * In such a process: answers what it is asked for.
 *
 * @param {Record<string, (...args: any[]) => any>} methods
 * @param {(message: any) => void} [told]
 */
function serve(methods, told = () => {}) {
  process.on('message', async (/** @type {any} */ message) => {
    const { call, name, args } = message
    if (call === undefined) return told(message)
    try {
      process.send?.({ call, result: (await methods[name](...args)) ?? null })
    } catch (error) {
      process.send?.({ call, error: error instanceof Error ? error.stack : String(error) })
    }
  })
  process.on('disconnect', () => process.exit())
}

/** @returns {number} milliseconds of a clock that all processes of a machine share */
function time() {
  return Number(process.hrtime.bigint()) / 1e6
}

module.exports = { Worker, serve, time }
