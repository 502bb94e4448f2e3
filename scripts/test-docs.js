'use strict'

/**
 * `npm run test:docs`: makes the site of the documents as it is published, below a folder, and reads it in a browser.
 */

const path = require('node:path')

const { makeSite } = require('../site/run')
const { requireChromium } = require('./chromium')
const { runMain } = require('./prerequisites')
const { run } = require('./steps')

/** Below which folder the site is. */
const BASE = process.env.SITE_BASE || '/tls-json-native/'

runMain(async () => {
  const chromium = requireChromium()
  process.env.SITE_BASE = BASE
  await makeSite('build')
  const test = path.join('__test__', 'site', 'site.test.js')
  const env = { SITE_BASE: BASE, CHROMIUM: chromium }
  const failure = await run([process.execPath, '--test', '--test-reporter=spec', test], env)
  if (failure) throw new Error(`the tests of the site: ${failure}`)
})
