'use strict'

/** A certificate that is changed and then signed again. */

const crypto = require('node:crypto')

const { oid } = require('../helpers/x509')
const { parse, write } = require('./der-tree')

/** @typedef {import('./der-tree').Tree} Tree */
/** @typedef {import('../helpers/x509').Issued} Issued */
/** @typedef {import('../helpers/x509').Keys} Keys */

/**
 * @param {Tree} algorithm
 * @returns {string} the digest of its signatures
 */
function digestOf({ children }) {
  const id = children?.[0] ? write(children[0]).toString('hex') : ''
  return DIGEST_BY_OBJECT.get(id) ?? 'sha256'
}

const DIGEST_BY_OBJECT = new Map(
  [
    ['1.2.840.10045.4.1', 'sha1'],
    ['1.2.840.10045.4.3.1', 'sha224'],
    ['1.2.840.10045.4.3.3', 'sha384'],
    ['1.2.840.10045.4.3.4', 'sha512'],
    ['1.2.840.113549.1.1.5', 'sha1'],
    ['1.2.840.113549.1.1.14', 'sha224'],
    ['1.2.840.113549.1.1.12', 'sha384'],
    ['1.2.840.113549.1.1.13', 'sha512'],
  ].map(([id, digest]) => /** @type {const} */ ([oid(String(id)).toString('hex'), String(digest)])),
)

/** One certificate as it is changed. */
class Draft {
  /** @param {Issued} from */
  constructor(from) {
    const [root] = parse(from.der)
    this.root = /** @type {Tree} */ (root)
    this.keys = from.keys
    const [body, , signature] = this.root.children ?? []
    this.signature = /** @type {Tree} */ (signature)
    this.wasSigned = write(this.signature)
    this.body = body && write(body)
    const parts = body?.children ?? []
    this.issuer = /** @type {Tree} */ (parts[3])
    this.subject = /** @type {Tree} */ (parts[5])
    this.algorithms = /** @type {[Tree, Tree]} */ ([parts[2], this.root.children?.[1]])
    this.digest = digestOf(this.algorithms[1])
    this.was = [write(this.issuer), write(this.subject), write(this.algorithms[0])]
  }

  /**
   * @param {Keys} signer
   * @returns {Buffer}
   */
  sign(signer) {
    const [body] = this.root.children ?? []
    const { signature } = this
    const bytes = body && write(body)
    // A signature that was changed stays as it is.
    const renewed = bytes && !this.body?.equals(bytes) && this.wasSigned.equals(write(signature))
    if (renewed) {
      const { privateKey } = signer
      const digest = privateKey.asymmetricKeyType === 'ed25519' ? null : this.digest
      signature.children = null
      signature.content = Buffer.concat([Buffer.from([0]), crypto.sign(digest, bytes, privateKey)])
    }
    return write(this.root)
  }
}

module.exports = { Draft }
