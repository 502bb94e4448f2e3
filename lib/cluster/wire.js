'use strict'

// What nodes say to one another: a line of JSON about the message and, behind a newline, the text of the message itself,
// which nobody on the way reads.
//
// Nodes of different versions live together while a cluster is updated. So a node passes over kinds of messages and fields
// that it does not know, and gives no field that it knows another meaning: then the kind gets a new name. `v` says by what
// version a message was written; nothing is decided by it as long as it is 1.

const { parseBare } = require('../host/bare')
const { stringify } = require('../host/host')
const { isNodeId } = require('./names')

const VERSION = 1

/** The kinds of messages. */
const kinds = Object.freeze({
  /** For one client: `to`. */
  SEND: 'send',
  /** For all clients. */
  ALL: 'all',
  /** For who is in one of the rooms `rooms`, but for `except`. Of several copies, one for each room, `seq` is the same. */
  ROOM: 'room',
  /** There is no such client: `to`. The answer to `send`. */
  ABSENT: 'absent',
})

/** @typedef {{ v: number, kind: string, from: string, [field: string]: any }} Header */

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
 * @returns {{ header: Header, payload: string } | null} Null for what is not ours.
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

module.exports = { VERSION, kinds, read, write }
