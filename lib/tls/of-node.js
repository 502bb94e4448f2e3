'use strict'

const { types } = require('node:util')

/** Other runtimes do not show the text of their own functions. */
const HIDDEN = '[native code]'

/**
 * Whether a function of a module of Node's is Node's own, and not what a program or a library has put in its place.
 * @param {unknown} found
 * @param {string} text What only Node's own has in it.
 * @returns {boolean}
 */
function isOfNode(found, text) {
  if (typeof found !== 'function' || types.isProxy(found)) return false
  if (found.name.startsWith('bound ')) return false
  const source = Function.prototype.toString.call(found)
  return source.includes(text) || source.includes(HIDDEN)
}

exports.isOfNode = isOfNode
