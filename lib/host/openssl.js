'use strict'

/**
 * @param {number} major
 * @param {number} minor
 * @param {string} [version] Of the OpenSSL that this Node was built with, unless given.
 * @returns {boolean} Whether it is that version, or a later one.
 */
function isOpensslFrom(major, minor, version = process.versions.openssl) {
  const [ofMajor = 0, ofMinor = 0] = version.split('.').map(part => Number.parseInt(part, 10))
  return ofMajor > major || (ofMajor === major && ofMinor >= minor)
}

exports.isOpensslFrom = isOpensslFrom
