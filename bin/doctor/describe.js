'use strict'

const { keyText, oneLine } = require('../cli/certificate-text')

/** @typedef {import('node:crypto').X509Certificate} X509Certificate */

/** @param {string} text a date as Node gives it @returns {string} */
function day(text) {
  return new Date(text).toISOString().slice(0, 10)
}

/**
 * @param {X509Certificate[]} chain the server's own first
 * @param {number} failed the place of the one that is refused; -1 for none
 * @returns {string[]} lines
 */
function describeChain(chain, failed) {
  return chain.flatMap((certificate, at) => {
    const { subject, issuer, subjectAltName, validFrom, validTo } = certificate
    const mark = at === failed ? '>' : ' '
    const by = issuer === subject ? 'itself' : oneLine(issuer)
    return [
      `${mark}${at + 1} ${oneLine(subject) || '(no subject)'}, issued by ${by}`,
      ...(at === 0 ? [`   names ${subjectAltName ?? 'none but that of the subject'}`] : []),
      `   ${day(validFrom)} to ${day(validTo)}, ${keyText(certificate)}`,
    ]
  })
}

module.exports = { describeChain }
