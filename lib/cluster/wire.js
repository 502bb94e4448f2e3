'use strict'

// What nodes say to one another: a line of JSON about the message and, behind a newline, the text of the message itself,
// which nobody on the way reads.
//
// Nodes of different versions live together while a cluster is updated. So a node passes over kinds of messages and fields
// that it does not know, and gives no field that it knows another meaning: then the kind gets a new name. `v` says by what
// version a message was written; nothing is decided by it as long as it is 1.

const { parseBare } = require('../host/bare')
const { stringify } = require('../host/host')
const { LONGEST_TIMER } = require('../protocol/options')
const { isClientId, isNodeId } = require('./names')

const VERSION = 1

/** The kinds of messages. */
const kinds = Object.freeze({
  /** For one client, `to`. The payload is the message. */
  SEND: 'send',
  /** There is no such client, `to`. The answer to `send`. */
  ABSENT: 'absent',
  /** For all clients. */
  ALL: 'all',
  /** For who is in one of the rooms `rooms`, but for `except`. Of several copies, one for each room, `seq` is the same. */
  ROOM: 'room',
  /** A node is there, with so many `clients`; the next beat follows within about `every` milliseconds. */
  BEAT: 'beat',
  /** Asks for a beat at once. */
  PROBE: 'probe',
  /** A node goes. */
  LEFT: 'left',
  /** Has something done, `act`, and is answered under its `id`: by 'reply', several times where there is `more`, or by 'fail'. */
  CALL: 'call',
  REPLY: 'reply',
  /** With `error`. */
  FAIL: 'fail',
  /** Nobody waits for the answer to the call `id` any more. */
  DROP: 'drop',
})

/** @typedef {{ v: number, kind: string, from: string, [field: string]: any }} Header */

const isCount = (/** @type {unknown} */ value) => Number.isSafeInteger(value) && Number(value) >= 0
const isLimit = (/** @type {unknown} */ value) => isTime(value) && Number(value) <= LONGEST_TIMER
const isTime = (/** @type {unknown} */ value) => typeof value === 'number' && value > 0
const isText = (/** @type {unknown} */ value) => typeof value === 'string'
const isName = (/** @type {unknown} */ value) => typeof value === 'string' && value !== ''
const isNames = (/** @type {unknown} */ value) => Array.isArray(value) && value.every(isName)
const isClientIds = (/** @type {unknown} */ value) =>
  Array.isArray(value) && value.every(isClientId)
const isCounts = (/** @type {unknown} */ value) => Array.isArray(value) && value.every(isCount)
const isError = (/** @type {any} */ value) =>
  typeof value === 'object' && value !== null && isText(value.message) && isText(value.code)

/**
 * @param {(value: unknown) => boolean} is
 * @returns {(value: unknown) => boolean} Also for what is not given.
 */
const maybe = is => value => value === undefined || is(value)

/** What the fields are that a kind of message needs. @type {Record<string, Record<string, (value: unknown) => boolean>>} */
const shapes = {
  [kinds.SEND]: { to: isCount },
  [kinds.ABSENT]: { to: isCount },
  [kinds.ALL]: {},
  [kinds.ROOM]: { rooms: isNames, except: maybe(isClientIds), seq: maybe(isCount) },
  [kinds.BEAT]: { clients: isCount, every: isTime },
  [kinds.PROBE]: {},
  [kinds.LEFT]: {},
  [kinds.CALL]: {
    id: isCount,
    act: isName,
    to: maybe(isCount),
    room: maybe(isName),
    rooms: maybe(isNames),
    except: maybe(isClientIds),
    time: maybe(isLimit),
    page: maybe(isCount),
  },
  [kinds.REPLY]: { id: isCount, of: maybe(isCount), who: maybe(isCounts), count: maybe(isCount) },
  [kinds.FAIL]: { id: isCount, of: maybe(isCount), error: isError },
  [kinds.DROP]: { id: isCount },
}

/**
 * @param {string} from The node that says it.
 * @param {string} kind
 * @param {object} fields
 * @param {string} [payload]
 * @returns {string}
 */
function write(from, kind, fields, payload) {
  const header = stringify({ v: VERSION, kind, from, ...fields })
  return payload === undefined ? header : `${header}\n${payload}`
}

/**
 * @param {string} text
 * @returns {{ header: Header, payload: string } | null} Null for what is no message of a node.
 */
function read(text) {
  const at = text.indexOf('\n')
  let header
  try {
    header = parseBare(at === -1 ? text : text.slice(0, at))
  } catch {
    // Somebody else uses the channel: it is counted.
    return null
  }
  if (typeof header !== 'object' || header === null) return null
  if (typeof header.kind !== 'string' || !isNodeId(header.from)) return null
  return { header, payload: at === -1 ? '' : text.slice(at + 1) }
}

/**
 * @param {Header} header
 * @returns {boolean | null} Whether it has what its kind needs; null for a kind that this version does not know.
 */
function fits(header) {
  if (!Object.hasOwn(shapes, header.kind)) return null
  const shape = shapes[header.kind] ?? {}
  for (const field in shape) if (!shape[field]?.(header[field])) return false
  return true
}

module.exports = { VERSION, fits, kinds, read, write }
