'use strict'

/**
 * How npm is run by a program. On Windows npm is a .cmd file, which spawn refuses; below `npm run` npm names its own
 * program.
 *
 * @returns {string[]} program and first arguments
 */
function npmCommand() {
  const program = process.env.npm_execpath
  return program ? [process.execPath, program] : ['npm']
}

module.exports = { npmCommand }
