'use strict'

const { randomInt } = require('node:crypto')
const net = require('node:net')

/**
 * Where to look: below what Linux, macOS and Windows hand out by default for port 0 and for connections. Other tests that run beside this one take
 * many of those, and would take one that was free a moment ago.
 */
const FROM = 10_000
const UNTIL = 32_000

/** @type {Set<number>} */
const given = new Set()

/**
 * @param {number} port
 * @returns {Promise<boolean>} whether nobody listens there
 */
function isFree(port) {
  return new Promise((resolve, reject) => {
    const server = net.createServer()
    server.on('error', error => {
      if (/** @type {NodeJS.ErrnoException} */ (error).code === 'EADDRINUSE') resolve(false)
      else reject(error)
    })
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}

/**
 * A TCP port nobody listens on. The system gives it to nobody who does not ask for it, and this process gives none twice.
 *
 * @returns {Promise<number>}
 */
async function freePort() {
  for (;;) {
    const port = randomInt(FROM, UNTIL)
    if (given.has(port)) continue
    given.add(port)
    if (await isFree(port)) return port
  }
}

module.exports = { freePort }
