'use strict'

/**
 * The browser in which the site is tested: Chromium, or what is built from it.
 */

const { spawnSync } = require('node:child_process')

const { PrerequisiteError, versionOf } = require('./prerequisites')

/** Its names, by who packs it. */
const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']

/** How it is installed where apt is; at most minutes. */
const INSTALL = [
  ['apt-get', 'update'],
  ['apt-get', 'install', '--yes', '--no-install-recommends', 'chromium'],
]

/** @returns {string | undefined} the program: that of the variable CHROMIUM, or one in PATH */
function findChromium() {
  const names = process.env.CHROMIUM ? [process.env.CHROMIUM] : NAMES
  return names.find(name => versionOf(name, ['--version']) !== undefined)
}

/**
 * Finds it, or installs it from Debian's or Ubuntu's packages if this process may.
 *
 * @returns {string} the program
 * @throws {PrerequisiteError} where there is none and it cannot be installed
 */
function requireChromium() {
  const found = findChromium()
  if (found !== undefined) return found
  const remedy = 'Install Chromium, or name the program in the variable CHROMIUM.'
  if (process.getuid?.() !== 0 || versionOf('apt-get', ['--version']) === undefined) {
    throw new PrerequisiteError(`Chromium was not found. ${remedy}`)
  }
  console.log('Installing Chromium (apt-get).')
  for (const [program = '', ...args] of INSTALL) {
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
    const { status, stderr } = spawnSync(program, args, { encoding: 'utf8', env })
    if (status !== 0) {
      throw new PrerequisiteError(`${program} ${args.join(' ')}: ${stderr} ${remedy}`)
    }
  }
  const installed = findChromium()
  if (installed === undefined) throw new PrerequisiteError(`Chromium does not run. ${remedy}`)
  return installed
}

module.exports = { findChromium, requireChromium }
