'use strict'

const { getSystemErrorMap } = require('node:util')

/**
 * @param {string} name such as ECONNREFUSED
 * @returns {number} its number in errors of Node, which is libuv's: on Windows not that of the C library
 */
function errnoOf(name) {
  for (const [number, [each]] of getSystemErrorMap()) if (each === name) return number
  throw new Error(`${name} is no error of the system`)
}

module.exports = { errnoOf }
