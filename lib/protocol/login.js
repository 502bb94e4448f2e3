'use strict'

// Decides a login: one login line in, an answer out.

const { own } = require('../host/bare')
const { later } = require('../host/later')

/** @typedef {import('../engine/engine').LoginResult} LoginResult */

const crypto = later(() => require('node:crypto'))

/** The line says nothing; the next one is awaited. @type {LoginResult} */
const SKIP = 0
/** The peer is authenticated. @type {LoginResult} */
const ACCEPT = 1
/** The peer is refused. @type {LoginResult} */
const REFUSE = 2

/**
 * Judges a login line on a server. The first value that is truthy is the password line, whatever its shape.
 * @param {any} value What the line holds; undefined if it is not JSON.
 * @param {unknown} password The server's password as it is now.
 * @returns {LoginResult}
 */
function judge(value, password) {
  if (!value) return SKIP
  return samePassword(own(value, 'password'), password) ? ACCEPT : REFUSE
}

/**
 * Equal in type and value. Strings are compared in a time that says nothing about where they differ.
 * @param {unknown} given
 * @param {unknown} expected
 */
function samePassword(given, expected) {
  if (typeof given !== 'string' || typeof expected !== 'string') return given === expected
  if (known?.text !== expected) known = { text: expected, digest: digest(expected) }
  return crypto().timingSafeEqual(digest(given), known.digest)
}

/** @param {string} text */
function digest(text) {
  // As UTF-16, because UTF-8 would make all lone surrogates equal.
  return crypto().createHash('sha256').update(text, 'utf16le').digest()
}

/** The password that was expected last: in a storm of logins it is always the same. @type {{ text: string, digest: Buffer } | undefined} */
let known

module.exports = { SKIP, ACCEPT, REFUSE, judge }
