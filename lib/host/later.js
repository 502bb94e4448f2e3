'use strict'

const { unpolluted } = require('./bare')

/**
 * Puts off what `require` of the package can do without: most of it is not needed before there is a server or a client, and
 * some of it hardly ever. `build/tls-json.js` has what is loaded at once, and `build/later.js` the rest.
 *
 * What must be had before anybody can replace it, as clocks and JSON are, is not put off; nor is what may fail. Node's own
 * modules do not load while there is a `get` on `Object.prototype`, say; so what programs put there is out of the way meanwhile.
 * @template T
 * @param {() => T} load `() => require('…')` of one file: `scripts/bundle.js` looks for that.
 * @returns {() => T} Loads it at the first call.
 */
function later(load) {
  /** @type {T | undefined} */
  let loaded
  return () => (loaded ??= unpolluted(load))
}

exports.later = later
