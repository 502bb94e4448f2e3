'use strict'

/**
 * By what a heading can be linked to on GitHub; so on the site, too.
 *
 * @param {string} heading its text
 * @returns {string}
 */
function githubSlug(heading) {
  return heading
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{N}_\- ]/gu, '')
    .replaceAll(' ', '-')
}

module.exports = { githubSlug }
