'use strict'

const { option, options } = require('../../errors/invalid')

/**
 * @param {unknown} settings the second argument of `nats` or `redis`
 * @param {readonly string[]} packages
 * @returns {string | undefined} the package whose client the user wants
 * @throws {TypeError} for what is of no use
 */
function packageOf(settings, packages) {
  if (typeof settings !== 'object' || settings === null) throw options(settings)
  const { package: name } = /** @type {{ package?: unknown }} */ (settings)
  if (name === undefined) return undefined
  const found = packages.find(each => each === name)
  if (found === undefined) throw option('package', name, packages.join(' or '))
  return found
}

/**
 * @param {string} name of the option
 * @param {unknown} value
 * @param {number} otherwise where there is none
 * @returns {number}
 * @throws {TypeError} for what no timer takes
 */
function milliseconds(name, value, otherwise) {
  if (value === undefined) return otherwise
  if (typeof value === 'number' && value >= 1 && value <= 0x7fffffff) return value
  throw option(name, value, 'a number of milliseconds, 1 or more')
}

module.exports = { milliseconds, packageOf }
