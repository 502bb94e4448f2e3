'use strict'

// Loaded before the command: a resolver whose name servers do not answer, as getaddrinfo tells of it.

const dns = require('node:dns/promises')

dns.lookup = /** @type {any} */ (
  async (/** @type {string} */ hostname) => {
    const error = new Error(`getaddrinfo EAI_AGAIN ${hostname}`)
    throw Object.assign(error, {
      errno: -3001,
      code: 'EAI_AGAIN',
      syscall: 'getaddrinfo',
      hostname,
    })
  }
)
