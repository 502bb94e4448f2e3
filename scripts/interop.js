'use strict'

/**
 * `npm run interop -- --reference DIR`: this package with the original at the other end, in both
 * directions, every documented call, both of the README's certificates. DIR is where the original
 * `tls-json` is, with its dependencies; TLS_JSON_REFERENCE may name it instead. Nothing is fetched.
 */

const { parseArgs } = require('node:util')

const { withContext } = require('../__test__/helpers/context')
const { interop } = require('../__test__/helpers/interop')

/** @returns {string} the original's directory */
function reference() {
  const { values } = parseArgs({ options: { reference: { type: 'string' } } })
  const given = values.reference ?? process.env.TLS_JSON_REFERENCE
  if (given) return given
  throw new Error(
    'Which original? Give its directory: npm run interop -- --reference DIR, or TLS_JSON_REFERENCE=DIR.',
  )
}

/** @returns {Promise<number>} how many cases failed */
async function main() {
  const all = interop(reference())
  let failed = 0
  for (const { name, run } of all) {
    try {
      await withContext(run)
      console.log(`ok      ${name}`)
    } catch (error) {
      failed++
      console.log(`failed  ${name}`)
      console.error(error)
    }
  }
  console.log(`\n${all.length - failed} of ${all.length} as documented.`)
  return failed
}

main().then(
  // The original keeps a process alive with its leftover timers.
  failed => process.exit(failed === 0 ? 0 : 1),
  error => {
    console.error(error instanceof Error ? error.message : error)
    process.exit(2)
  },
)
