'use strict'

/** The commands, in the order of the help. Each is a file of that name in `bin/commands`. */
const NAMES = Object.freeze([
  'doctor',
  'connect',
  'listen',
  'send',
  'request',
  'load',
  'watch',
  'cert',
  'completion',
])

/**
 * @param {string} name
 * @returns {import('./cli/types').Command | undefined}
 */
function commandOf(name) {
  return NAMES.includes(name) ? require(`./commands/${name}`) : undefined
}

/** @returns {[name: string, command: import('./cli/types').Command][]} */
function allCommands() {
  return NAMES.map(name => [name, require(`./commands/${name}`)])
}

module.exports = { NAMES, allCommands, commandOf }
