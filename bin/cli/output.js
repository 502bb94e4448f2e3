'use strict'

/** @typedef {NodeJS.WritableStream & { isTTY?: boolean, columns?: number }} Stream */

/** Codes of SGR, https://www.ecma-international.org/publications-and-standards/standards/ecma-48/ */
const STYLES = Object.freeze({
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
})

/** @typedef {keyof typeof STYLES} Style */

/**
 * @param {Stream} stream
 * @param {NodeJS.ProcessEnv} env
 * @returns {boolean} whether it shows colours, and may: https://no-color.org
 */
function showsColours(stream, { NO_COLOR, TERM }) {
  return Boolean(stream.isTTY) && !NO_COLOR && TERM !== 'dumb'
}

/** What a command says: results to stdout, everything else to stderr. */
class Output {
  /**
   * @param {object} options
   * @param {Stream} options.stdout
   * @param {Stream} options.stderr
   * @param {NodeJS.ProcessEnv} options.env
   * @param {boolean} [options.json] results as objects, one a line
   * @param {boolean} [options.quiet] results and errors only
   * @param {boolean} [options.colours] false for none
   */
  constructor({ stdout, stderr, env, json = false, quiet = false, colours = true }) {
    this.stdout = stdout
    this.stderr = stderr
    this.json = json
    this.quiet = quiet
    this.colours = {
      stdout: colours && showsColours(stdout, env),
      stderr: colours && showsColours(stderr, env),
    }
  }

  /** A result. @param {string} text one line or several */
  print(text) {
    this.stdout.write(`${text}\n`)
  }

  /**
   * A result in either form.
   *
   * @param {Record<string, unknown>} object for --json
   * @param {string} text for people
   */
  result(object, text) {
    this.print(this.json ? JSON.stringify(object) : text)
  }

  /** What is good to know and no result. @param {string} text */
  note(text) {
    if (!this.quiet) this.stderr.write(`${text}\n`)
  }

  /** What is probably a mistake: also with --quiet. @param {string} text */
  warn(text) {
    this.stderr.write(`${this.styled('warning:', 'yellow', 'stderr')} ${text}\n`)
  }

  /**
   * @param {string} text
   * @param {Style} style
   * @param {'stdout' | 'stderr'} [where]
   * @returns {string}
   */
  styled(text, style, where = 'stdout') {
    const [on, off] = STYLES[style]
    return this.colours[where] ? `\x1b[${on}m${text}\x1b[${off}m` : text
  }

  /** @param {'stdout' | 'stderr'} where @returns {boolean} */
  isTerminal(where) {
    return Boolean(this[where].isTTY)
  }
}

module.exports = { Output }
