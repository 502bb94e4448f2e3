'use strict'

const readline = require('node:readline')

const { UsageError } = require('./usage-error')

/**
 * @param {string} text
 * @param {string} what it is, for the message
 * @returns {any}
 * @throws {UsageError} for what is no JSON
 */
function parseJson(text, what) {
  try {
    return JSON.parse(text)
  } catch (err) {
    throw new UsageError(`${what} is no JSON: ${/** @type {Error} */ (err).message}`)
  }
}

/**
 * @template T
 * @param {T} value
 * @returns {T} the same
 * @throws {UsageError} for what cannot be a request: it would have no place for its id
 */
function askable(value) {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new UsageError(`a request is an object; ${JSON.stringify(value)} is none`)
  }
  return value
}

/**
 * JSON from the command line, or line by line from standard input where there is none or `-`.
 *
 * @param {string[]} texts
 * @param {NodeJS.ReadableStream} input
 * @param {AbortSignal} signal
 * @returns {AsyncGenerator<any>}
 */
async function* jsonValues(texts, input, signal) {
  if (texts.length > 0 && texts[0] !== '-') {
    // All of them first: a mistake in the last one must not be found when the others were sent.
    yield* texts.map((text, at) => parseJson(text, texts.length > 1 ? `JSON ${at + 1}` : text))
    return
  }
  let number = 0
  for await (const line of readline.createInterface({ input, signal, crlfDelay: Infinity })) {
    number += 1
    if (line.trim() !== '') yield parseJson(line, `line ${number}`)
  }
}

module.exports = { askable, jsonValues, parseJson }
