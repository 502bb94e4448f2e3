'use strict'

// A tag comes back to who published with it, and goes to who receives. Brokers carry it in names: of subjects in NATS, in the
// first line of a message in Redis.

/** What may stand in a token of a NATS subject as it is. */
const PLAIN = /^[A-Za-z0-9_-]+$/

/**
 * @param {string} tag
 * @returns {string} of letters that a token of a NATS subject may have
 */
function encodeTag(tag) {
  if (PLAIN.test(tag)) return tag
  // What encodeURIComponent leaves as it is, but NATS does not.
  return encodeURIComponent(tag).replace(/[.*]/g, sign => `%${sign.charCodeAt(0).toString(16)}`)
}

/**
 * @param {string} token
 * @returns {string}
 */
function decodeTag(token) {
  if (!token.includes('%')) return token
  try {
    return decodeURIComponent(token)
  } catch {
    // Nobody of ours has published it.
    return token
  }
}

module.exports = { decodeTag, encodeTag }
