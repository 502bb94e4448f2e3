'use strict'

// What this package says beyond the protocol of tls-json 3.x, and only to a peer that has announced that it understands
// it: on a client by its login line, on a server by its answer to that. All of it stands under one key.

const { own } = require('../host/bare')

/** The key of an announcement, and the `responseId` of a notice: lines that tls-json 3.x passes over. */
const KEY = 'tlsjson'

/**
 * What we understand.
 * - `leave`: a server's notice that it will close, so that its clients go elsewhere.
 * - `error`: an answer to a request that is an error.
 */
const KNOWN = Object.freeze(['leave', 'error'])

/** What an announcement holds at most: more is no honest one, and not looked at. */
const MOST = 64

/** The longest wait that a notice may ask for, in milliseconds: a day. */
const LONGEST_WAIT = 86_400_000

/**
 * Notes what the peer announces.
 * @param {{ extensions: ReadonlySet<string> }} connection
 * @param {unknown} value Of its login line, or of its answer to ours.
 */
function note(connection, value) {
  const list = own(value, KEY)
  if (!Array.isArray(list) || list.length > MOST) return
  const known = KNOWN.filter(name => list.includes(name))
  if (known.length > 0) connection.extensions = new Set(known)
}

/**
 * @param {unknown} password
 * @param {boolean} announces Whether to say what we understand.
 * @returns {string} A login line.
 */
function loginLine(password, announces) {
  return JSON.stringify(announces ? { password, [KEY]: KNOWN } : { password }) + '\n'
}

const PLAIN_ADMISSION = '{"authenticated":true}\n'
const ADMISSION = `{"authenticated":true,"${KEY}":${JSON.stringify(KNOWN)}}\n`

/**
 * @param {ReadonlySet<string>} extensions Of the client.
 * @returns {string} The line that lets it in.
 */
function admissionLine(extensions) {
  return extensions.size === 0 ? PLAIN_ADMISSION : ADMISSION
}

/**
 * @param {number} after Milliseconds.
 * @returns {string} The notice that the server will close within that time, for who understands `leave`.
 */
function leaveLine(after) {
  return JSON.stringify({ responseId: KEY, leave: { after } }) + '\n'
}

/**
 * @param {any} value A response.
 * @param {any} responseId
 * @returns {number | undefined} If it is the notice of a server that will close: milliseconds in which to have gone.
 */
function leaveOf(value, responseId) {
  if (responseId !== KEY) return undefined
  const leave = own(value, 'leave')
  if (typeof leave !== 'object' || leave === null) return undefined
  const after = own(leave, 'after')
  return typeof after === 'number' && after > 0 ? Math.min(after, LONGEST_WAIT) : 0
}

/**
 * What of an error is told to the other end: never its stack.
 * @typedef {object} Remote
 * @property {string} name
 * @property {string} message
 * @property {string | number} [code]
 */

/**
 * @param {any} error What somebody throws.
 * @returns {Remote}
 */
function remoteOf(error) {
  if ((typeof error !== 'object' && typeof error !== 'function') || error === null) {
    return { name: 'Error', message: error === undefined ? '' : String(error) }
  }
  return checked(error.name, error.message, error.code)
}

/**
 * @param {unknown} name
 * @param {unknown} message
 * @param {unknown} code
 * @returns {Remote}
 */
function checked(name, message, code) {
  /** @type {Remote} */
  const remote = {
    name: typeof name === 'string' && name !== '' ? name : 'Error',
    message: typeof message === 'string' ? message : '',
  }
  if (typeof code === 'string' || Number.isFinite(code)) remote.code = /** @type {any} */ (code)
  return remote
}

/**
 * An answer to a request that says that it has failed.
 * @param {any} error What somebody throws.
 * @param {ReadonlySet<string>} extensions Of who asked.
 * @returns {object}
 */
function errorAnswer(error, extensions) {
  const remote = remoteOf(error)
  return extensions.has('error') ? { [KEY]: { error: remote } } : { error: remote.message }
}

/**
 * @param {any} value An answer of a peer that understands `error`.
 * @returns {Remote | undefined} The error, if it is one.
 */
function errorOf(value) {
  // Most are none.
  if (value[KEY] === undefined) return undefined
  const error = own(own(value, KEY), 'error')
  if (typeof error !== 'object' || error === null) return undefined
  return checked(own(error, 'name'), own(error, 'message'), own(error, 'code'))
}

module.exports = {
  admissionLine,
  errorAnswer,
  errorOf,
  leaveLine,
  leaveOf,
  loginLine,
  note,
}
