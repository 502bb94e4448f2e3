'use strict'

/**
 * What Node's addons are linked with on Windows, where that is built or checked elsewhere: its name is looked for, and
 * nothing is taken from it.
 */

const fs = require('node:fs')
const path = require('node:path')

/** An archive of nothing: linkers refuse empty files. */
const EMPTY_ARCHIVE = '!<arch>\n'

/**
 * @param {string} folder where it is made
 * @returns {string} what LIBNODE_PATH has to be
 */
function libnode(folder) {
  const home = path.join(folder, 'libnode')
  fs.mkdirSync(home, { recursive: true })
  fs.writeFileSync(path.join(home, 'libnode.dll'), '')
  for (const name of ['libnode.a', 'libnode.dll.a']) {
    fs.writeFileSync(path.join(home, name), EMPTY_ARCHIVE)
  }
  return home
}

module.exports = { libnode }
