'use strict'

/**
 * `npm start`: builds if needed, makes certificates and runs the README's server and client as two
 * processes until each was seen to do what it should. Nothing but cargo's crates is installed: the
 * package has no dependency.
 */

const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')

const { build } = require('./build')
const { requireNode, requireRust, runMain } = require('./prerequisites')
const { freePort, runPrograms } = require('./readme-programs')

/** The README's port, taken when it is free. */
const USUAL_PORT = 8888

/**
 * Makes localhost.key and localhost.crt. The package has been built by now.
 *
 * @param {string} folder
 */
function makeCertificate(folder) {
  const { createCertificate } = require('..')
  const { key, cert } = createCertificate()
  fs.writeFileSync(path.join(folder, 'localhost.key'), key, { mode: 0o600 })
  fs.writeFileSync(path.join(folder, 'localhost.crt'), cert)
  console.log('\nMade localhost.key and localhost.crt.')
}

/** Runs the README's programs with the package as it is built. */
async function tryPrograms() {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'tls-json-native-start-'))
  try {
    makeCertificate(folder)
    const port = await freePort(USUAL_PORT)
    console.log(`$ node examples/server.js ${port}\n$ node examples/client.js ${port}\n`)
    await runPrograms(port, { folder })
  } finally {
    fs.rmSync(folder, { recursive: true, force: true })
  }
  console.log('\nBoth sides: authenticated, message, request and response. All as it should be.')
}

module.exports = { tryPrograms }

if (require.main === module) {
  runMain(async () => {
    console.log([requireNode(), requireRust()].join(', '))
    await build()
    await tryPrograms()
  })
}
