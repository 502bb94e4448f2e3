'use strict'

const { isOriginal, overNode } = require('./subject')

/** Why tests that choose the transport themselves are left out. */
const skip = isOriginal
  ? 'the original has one transport'
  : overNode && 'it chooses its transports itself'

/**
 * Makes something while the environment asks for a transport.
 *
 * @template T
 * @param {string | undefined} transport
 * @param {() => T} make
 * @returns {T}
 */
function over(transport, make) {
  const usual = process.env.TLSJSON_TRANSPORT
  if (transport !== undefined) process.env.TLSJSON_TRANSPORT = transport
  try {
    return make()
  } finally {
    if (usual === undefined) delete process.env.TLSJSON_TRANSPORT
    else process.env.TLSJSON_TRANSPORT = usual
  }
}

module.exports = { over, skip }
