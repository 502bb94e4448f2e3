'use strict'

// Whether `tls.createSecureContext` is Node's own. Packages that add the system's certificates put a function of theirs
// in its place; what it does to a context only Node's TLS can use.

const tls = require('node:tls')

const { isOfNode } = require('./of-node')

/** It makes the context itself. */
const TEXT = 'new SecureContext('

/** The last one that was looked at, and what was found. */
let seen = { create: tls.createSecureContext, isOwn: isOfNode(tls.createSecureContext, TEXT) }

/** @returns {boolean} whether somebody else's stands in the place of Node's own now */
function isContextReplaced() {
  const { createSecureContext: create } = tls
  if (seen.create !== create) seen = { create, isOwn: isOfNode(create, TEXT) }
  return !seen.isOwn
}

module.exports = { isContextReplaced }
