'use strict'

/** @param {unknown} material One piece or several. */
function isThere(material) {
  return Array.isArray(material) ? material.length > 0 : Boolean(material)
}

/** Suites for which a server needs no certificate, in OpenSSL's language. */
const ANONYMOUS = /\b(ALL|aNULL|ADH|AECDH|COMPLEMENTOFDEFAULT)\b/

/**
 * @param {any} options As of `tls.createServer`.
 * @returns {boolean} whether clients could find out, as far as the options tell, that the server is the right one
 */
function canProve(options) {
  const { key, cert, pfx, privateKeyEngine, pskCallback, SNICallback, ciphers } = options ?? {}
  return (
    isThere(pfx) ||
    (isThere(cert) && (isThere(key) || privateKeyEngine)) ||
    Boolean(pskCallback || SNICallback) ||
    ANONYMOUS.test(String(ciphers ?? ''))
  )
}

exports.canProve = canProve
