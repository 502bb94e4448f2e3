'use strict'

/**
 * What comes one after the other, for one `for await`. What nobody has taken yet waits here.
 * @template T
 * @implements {AsyncIterableIterator<T>}
 */
class Results {
  /** @type {T[]} */
  #values = []
  #isOver = false
  /** @type {any} */
  #error = undefined
  /** Those who wait. @type {{ resolve: (result: IteratorResult<T>) => void, reject: (error: any) => void }[]} */
  #waiting = []
  #abandon

  /** @param {() => void} abandon Called if nobody wants the rest. */
  constructor(abandon) {
    this.#abandon = abandon
  }

  /** @param {T} value */
  push(value) {
    if (this.#isOver) return
    const waiting = this.#waiting.shift()
    if (waiting === undefined) this.#values.push(value)
    else waiting.resolve({ done: false, value })
  }

  /** @param {any} [error] What is thrown behind the rest. */
  end(error) {
    if (this.#isOver) return
    this.#isOver = true
    this.#error = error
    for (const waiting of this.#waiting.splice(0)) this.#last(waiting)
  }

  /** @returns {Promise<IteratorResult<T>>} */
  next() {
    return new Promise((resolve, reject) => {
      if (this.#values.length > 0) {
        resolve({ done: false, value: /** @type {T} */ (this.#values.shift()) })
      } else if (this.#isOver) {
        this.#last({ resolve, reject })
      } else {
        this.#waiting.push({ resolve, reject })
      }
    })
  }

  /**
   * For who leaves the loop.
   * @returns {Promise<IteratorResult<T>>}
   */
  async return() {
    const wasOver = this.#isOver
    this.#values.length = 0
    this.end()
    if (!wasOver) this.#abandon()
    return { done: true, value: undefined }
  }

  [Symbol.asyncIterator]() {
    return this
  }

  /** @param {{ resolve: (result: IteratorResult<T>) => void, reject: (error: any) => void }} waiting */
  #last({ resolve, reject }) {
    const error = this.#error
    // Once: who asks again is at the end.
    this.#error = undefined
    if (error === undefined) resolve({ done: true, value: undefined })
    else reject(error)
  }
}

exports.Results = Results
