'use strict'

// Whether `tls.createSecureContext` is Node's own. Packages that add the system's certificates put a function of theirs
// in its place; what it does to a context only Node's TLS can use.

const tls = require('node:tls')
const { types } = require('node:util')

/** What only Node's own says: it makes the context itself. Of other runtimes the text cannot be read. */
const OF_NODE = /\bnew SecureContext\(|\[native code\]/

/**
 * @param {any} create
 * @returns {boolean} whether it is Node's own
 */
function isOfNode(create) {
  if (typeof create !== 'function' || types.isProxy(create)) return false
  return !create.name.startsWith('bound ') && OF_NODE.test(Function.prototype.toString.call(create))
}

/** The last one that was looked at, and what was found. */
let seen = { create: tls.createSecureContext, isOwn: isOfNode(tls.createSecureContext) }

/** @returns {boolean} whether somebody else's stands in the place of Node's own now */
function isContextReplaced() {
  const { createSecureContext: create } = tls
  if (seen.create !== create) seen = { create, isOwn: isOfNode(create) }
  return !seen.isOwn
}

module.exports = { isContextReplaced }
