'use strict'

/**
 * `npm run test:packed`: every Node test on the package as others get it, packed and installed under
 * the old name into an empty directory. Words after `npm run test:packed --` choose test files by
 * part of their path. With TLS_JSON_REFERENCE=DIR the interop tests run as well.
 */

const { install, pack } = require('../__test__/helpers/package')
const { nodeSuites } = require('./node-tests')
const { requireNode, requireOpenssl, runMain } = require('./prerequisites')
const { installDevDependencies } = require('./steps')
const { runSuites } = require('./suites')

runMain(async () => {
  console.log([requireNode(), requireOpenssl()].join(', '))
  await installDevDependencies()
  const { home } = install(pack().file)
  console.log(`Installed in ${home}.`)
  process.env.TLS_JSON_SUBJECT = home
  await runSuites('npm run test:packed', nodeSuites(process.argv.slice(2)))
})
