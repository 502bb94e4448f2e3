'use strict'

const { X509Certificate } = require('node:crypto')

/** The labels OpenSSL takes for a certificate. */
const LABELS = new Set(['CERTIFICATE', 'X509 CERTIFICATE', 'TRUSTED CERTIFICATE'])

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
 * The certificate blocks of a PEM text, whatever stands between them.
 *
 * @param {PemInput} input
 * @returns {Generator<string, void>} each block from its first to its last line. One that has no
 *   end comes out as it is, for OpenSSL to refuse
 */
function* certificateBlocks(input) {
  // Latin-1 keeps one character for each byte: no other line ends than OpenSSL's can appear.
  const lines = bytesOf(input).toString('latin1').split('\n')
  /** @type {string[] | null} */
  let block = null
  let end = ''
  for (const raw of lines) {
    const line = raw.trimEnd()
    if (block === null) {
      const label = /^-----BEGIN (.+)-----$/.exec(line)?.[1]
      if (label === undefined || !LABELS.has(label)) continue
      block = [line]
      end = `-----END ${label}-----`
      continue
    }
    block.push(line)
    if (!line.startsWith('-----END ')) continue
    yield `${block.join('\n')}\n`
    block = null
    if (line !== end) return
  }
  if (block !== null) yield `${block.join('\n')}\n`
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
  for (const block of certificateBlocks(input)) {
    try {
      found.push(new X509Certificate(block))
    } catch {
      break
    }
  }
  return found
}

module.exports = { bytesOf, certificates }
