'use strict'

/**
 * npm's install script. A binary that came with the package and loads is kept, whatever it was
 * built from; otherwise it is built.
 *
 * Exit code: where Rust is missing this ends with 0, because a failed install script undoes the
 * user's whole `npm install`, and `require` says what to do (TLSJSON_NO_BINARY). A build that was
 * tried and failed ends with 1, because npm shows what cargo said only then.
 */

const { addonFile, loadFailure } = require('./addon')
const { build } = require('./build')
const { PrerequisiteError, requireRust, runMain } = require('./prerequisites')

runMain(async () => {
  const failure = loadFailure(addonFile())
  if (failure === undefined) return
  console.log(`${addonFile()}: ${failure}`)
  try {
    requireRust()
  } catch (err) {
    if (!(err instanceof PrerequisiteError)) throw err
    console.warn(`tls-json-native has no native library for this system yet. ${err.message}`)
    console.warn('Then run `npm rebuild` for this package. Until then `require` throws.')
    return
  }
  await build()
})
