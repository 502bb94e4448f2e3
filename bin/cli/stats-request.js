'use strict'

/** What `watch` asks; a server answers with its `stats()` if its program wants so. docs/guide/command-line.md has the recipe. */
const STATS_REQUEST = Object.freeze({ stats: true })

/**
 * @param {any} request
 * @returns {boolean}
 */
function asksForStats(request) {
  return request?.stats === true
}

module.exports = { STATS_REQUEST, asksForStats }
