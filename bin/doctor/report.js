'use strict'

const { wrapped } = require('../cli/help')

/** @typedef {import('../cli/output').Output} Output */
/** @typedef {import('./causes').Cause} Cause */

/**
 * @typedef {object} Finding
 * @property {'name' | 'tcp' | 'tls' | 'certificate' | 'client cert' | 'login' | 'round trip'} step
 * @property {'ok' | 'note' | 'fail'} result for --json `verdict`, a name that programs may know
 * @property {string} text
 * @property {string[]} [more] further lines
 * @property {Record<string, unknown>} [facts] for --json
 */

const STYLES = /** @type {const} */ ({ ok: 'green', note: 'yellow', fail: 'red' })

/** What doctor has found, printed as it is found. */
class Report {
  /** @type {Cause | undefined} */
  cause

  /** @param {Output} out */
  constructor(out) {
    this.out = out
  }

  /** @param {Finding} finding */
  add({ step, result, text, more = [], facts = {} }) {
    if (this.out.json) {
      this.out.print(JSON.stringify({ step, verdict: result, text, ...facts }))
      return
    }
    const mark = this.out.styled(result.padEnd(4), STYLES[result])
    this.out.print(`${mark}  ${step.padEnd(11)}  ${text}`)
    for (const line of more) this.out.print(`${' '.repeat(19)}${line}`)
  }

  /**
   * The end: what it is, and what mends it.
   *
   * @param {Finding['step']} step that failed
   * @param {string} text what was seen
   * @param {Cause} cause
   * @param {Pick<Finding, 'more' | 'facts'>} [details]
   */
  fail(step, text, cause, details = {}) {
    this.cause = cause
    this.add({ step, result: 'fail', text, ...details })
    const { id, what, remedies } = cause
    if (this.out.json) {
      this.out.print(JSON.stringify({ cause: id, what, remedies }))
      return
    }
    this.out.print('')
    const [first, ...rest] = wrapped(`Cause: ${what} [${id}]`, 0)
    this.out.print([this.out.styled(String(first), 'bold'), ...rest].join('\n'))
    for (const remedy of remedies) this.out.print(`- ${wrapped(remedy, 2).join('\n  ')}`)
  }
}

module.exports = { Report }
