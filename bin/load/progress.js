'use strict'

const { clearLine, cursorTo } = require('node:readline')

const { milliseconds, whole } = require('./text')

/** @typedef {import('../cli/output').Output} Output */

/** Milliseconds from one to the next: at a terminal, and where lines are kept. */
const OFTEN = 250
const SELDOM = 10_000

const BAR = 20

/** How far it is: a line that is written over at a terminal, else one from time to time. */
class Progress {
  #out
  #text
  #timer
  #isTerminal

  /**
   * @param {Output} out
   * @param {() => string} text
   */
  constructor(out, text) {
    this.#out = out
    this.#text = text
    this.#isTerminal = out.isTerminal('stderr')
    this.#timer = out.quiet
      ? undefined
      : setInterval(() => this.#show(), this.#isTerminal ? OFTEN : SELDOM)
  }

  #show() {
    const { stderr } = this.#out
    if (!this.#isTerminal) return void stderr.write(`${this.#text()}\n`)
    cursorTo(stderr, 0)
    // Wider than the terminal it would wrap, and could not be written over.
    stderr.write(this.#text().slice(0, (stderr.columns ?? 80) - 1))
    clearLine(stderr, 1)
  }

  /** The last one, and no more. */
  end() {
    if (this.#timer === undefined) return
    clearInterval(this.#timer)
    if (!this.#isTerminal) return
    cursorTo(this.#out.stderr, 0)
    clearLine(this.#out.stderr, 0)
  }
}

/**
 * @param {import('./recorder').Recorder} recorder
 * @param {number} duration milliseconds
 * @param {() => boolean} isWarm
 * @returns {string}
 */
function loadText(recorder, duration, isWarm) {
  const { row, errors, seconds } = recorder.present
  const all = duration / 1000
  if (!isWarm()) return 'warming up'
  const done = Math.min(BAR, Math.floor((BAR * seconds) / all))
  const bar = `[${'='.repeat(done)}${' '.repeat(BAR - done)}]`
  const now =
    row === undefined
      ? ''
      : `  ${whole(row.rate)}/s${row.p50 === null ? '' : `  p50 ${milliseconds(row.p50)}  p99 ${milliseconds(row.p99 ?? 0)}`}`
  return `${bar} ${Math.min(all, Math.floor(seconds))} of ${all} s${now}  errors ${whole(errors)}`
}

module.exports = { Progress, loadText }
