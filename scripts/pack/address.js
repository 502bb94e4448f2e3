'use strict'

/**
 * Where the repository is: in package.json, from where the packages take it.
 */

/** Stands there until the owner sets the address. */
const PLACEHOLDER = /\bOWNER\//

/**
 * @param {Record<string, any>} manifest
 * @throws {Error} where it is not said, or not one place
 */
function requireAddress({ repository, homepage, bugs }) {
  // `github:owner/name`, and the same behind the host of the others.
  const [, name = ''] = /^\w+:([\w.-]+\/[\w.-]+)$/.exec(repository) ?? []
  for (const [key, value] of Object.entries({ repository, homepage, bugs })) {
    const isThere = typeof value === 'string' && name !== '' && value.includes(name)
    if (!isThere)
      throw new Error(`package.json: ${key} does not name the repository, ${repository}.`)
    if (PLACEHOLDER.test(value)) {
      throw new Error(`package.json: ${key} has a placeholder: set the repository's owner.`)
    }
  }
}

module.exports = { requireAddress }
