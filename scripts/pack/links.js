'use strict'

/**
 * Links of the documents in a package. In the repository they lead from file to file; those to what is no part of the
 * package lead to the repository, at the version's tag.
 */

const fs = require('node:fs')
const path = require('node:path')

const { ROOT } = require('../../lib/engine/addon-file')

/**
 * @param {string} text of a document
 * @param {string} from its name in the repository
 * @param {string} folder where the package is
 * @param {{ repository: string, version: string }} manifest
 * @returns {string}
 */
function packagedLinks(text, from, folder, { repository, version }) {
  const address = `https://github.com/${repository.replace(/^github:/, '')}/blob/v${version}`
  return text.replace(/\]\(([^)\s#]+)(#[^)\s]*)?\)/g, (link, target, heading = '') => {
    const name = path.posix.join(path.posix.dirname(from), target)
    const isLeftOut =
      fs.existsSync(path.join(ROOT, name)) && !fs.existsSync(path.join(folder, name))
    return isLeftOut ? `](${address}/${name}${heading})` : link
  })
}

module.exports = { packagedLinks }
