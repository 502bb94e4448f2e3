'use strict'

// The names of the options, and which of them is meant by a name that is almost one.

const both = [
  'options',
  'password',
  'requestTimeout',
  'maxMessageBytes',
  'maxBufferedBytes',
  'deadPeerTimeout',
]

/** The options of each class. */
const names = {
  Server: [
    ...both,
    'keepAliveInterval',
    'keepAliveTimeout',
    'authTimeout',
    'authenticate',
    'authenticateTimeout',
    'maxLoginBytes',
    'maxTotalBufferedBytes',
    'maxHandshakes',
    'maxFailedLogins',
  ],
  Client: [
    ...both,
    'connectTimeout',
    'extensions',
    'host',
    'port',
    'queue',
    'reconnect',
    'reconnectInterval',
    'servers',
    'silenceTimeout',
  ],
}

/** Those of either: one configuration may be for both. */
const OPTIONS = new Set([...names.Server, ...names.Client])

/**
 * @param {string} name
 * @returns {number} how many letters of an option may be wrong, missing, too many or in the wrong order
 */
function tolerance({ length }) {
  return length < 6 ? 0 : length < 8 ? 1 : 2
}

/**
 * @param {string} a
 * @param {string} b
 * @returns {number} how many letters must be changed, left out, put in, or exchanged with the next one
 */
function distance(a, b) {
  /** @type {number[]} */
  let last = []
  /** @type {number[]} */
  let row = Array.from({ length: b.length + 1 }, (_, at) => at)
  for (let i = 1; i <= a.length; i++) {
    const above = row
    row = [i]
    for (let j = 1; j <= b.length; j++) {
      const changed = above[j - 1] + Number(a[i - 1] !== b[j - 1])
      row[j] = Math.min(changed, above[j] + 1, row[j - 1] + 1)
      if (a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) row[j] = Math.min(row[j], last[j - 2] + 1)
    }
    last = above
  }
  return row[b.length]
}

/**
 * @param {'Server' | 'Client'} role
 * @param {string} name
 * @returns {string | undefined} the option of which this is probably a misspelling
 */
function resembled(role, name) {
  const small = name.toLowerCase()
  return names[role].find(known => distance(small, known.toLowerCase()) <= tolerance(known))
}

module.exports = { OPTIONS, names, resembled }
