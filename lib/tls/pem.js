'use strict'

const { X509Certificate } = require('node:crypto')

/** The labels OpenSSL takes for a certificate. */
const LABELS = new Set(['CERTIFICATE', 'X509 CERTIFICATE', 'TRUSTED CERTIFICATE'])

/** UTF-8's byte order mark, in Latin-1: some editors put it before a text. */
const MARK = '\xef\xbb\xbf'

/**
 * @typedef {string | ArrayBufferView} PemInput as Node's `ca`, `cert` and `key` take it
 */

/**
 * @param {PemInput} input
 * @returns {Buffer} its bytes, not copied where that can be
 */
function bytesOf(input) {
  if (typeof input === 'string') return Buffer.from(input)
  return Buffer.from(input.buffer, input.byteOffset, input.byteLength)
}

/**
 * @param {readonly string[]} body the lines of a block between its first and its last
 * @returns {boolean} whether they are Base64, behind headers or not
 */
function isReadable(body) {
  const blank = body.some(line => line.includes(':')) ? body.indexOf('') : -1
  return body.slice(blank + 1).every(line => /^[A-Za-z0-9+/=]*$/.test(line))
}

/**
 * OpenSSL passes over a byte order mark where it begins to look for a block, and nowhere else.
 *
 * @param {string[]} lines
 * @param {number} at the line it begins with
 */
function dropMark(lines, at) {
  if (lines[at]?.startsWith(MARK)) lines[at] = lines[at].slice(MARK.length)
}

/**
 * The certificates of a PEM text, whatever stands between them, until the first block of any kind that has no proper end.
 *
 * @param {PemInput} input
 * @returns {Generator<string, void>} each block from its first to its last line
 */
function* blocks(input) {
  // Latin-1 keeps one character for each byte: no other line ends than OpenSSL's can appear.
  const lines = bytesOf(input)
    .toString('latin1')
    .split('\n')
    .map(line => line.trimEnd())
  dropMark(lines, 0)
  for (let at = 0; at < lines.length; at += 1) {
    const label = /^-----BEGIN (.+)-----$/.exec(lines[at])?.[1]
    if (label === undefined) continue
    const start = at
    while (at < lines.length && !lines[at].startsWith('-----END ')) at += 1
    if (lines[at] !== `-----END ${label}-----`) return
    dropMark(lines, at + 1)
    if (LABELS.has(label)) yield `${lines.slice(start, at + 1).join('\n')}\n`
    else if (!isReadable(lines.slice(start + 1, at))) return
  }
}

/**
 * Reads until the first certificate that cannot be read, as OpenSSL does: what stands behind a
 * broken one is not trusted.
 *
 * @param {PemInput} input
 * @returns {X509Certificate[]}
 */
function certificates(input) {
  const found = []
  for (const block of blocks(input)) {
    try {
      found.push(new X509Certificate(block))
    } catch {
      break
    }
  }
  return found
}

module.exports = { bytesOf, certificates }
