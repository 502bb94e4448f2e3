'use strict'

/**
 * Tools that come from Python's package index, each in a folder of its own: nothing of the machine is touched. Versions and
 * hashes are in the files beside this one.
 */

const { execFileSync } = require('node:child_process')
const fs = require('node:fs')
const path = require('node:path')

const { ROOT } = require('../../lib/engine/addon-file')
const { PrerequisiteError, versionOf } = require('../prerequisites')

/**
 * Installs a tool unless it is there already.
 *
 * @param {'brokers' | 'zig' | 'zizmor'} name
 * @param {string} [home] where that folder is
 * @returns {string} the folder; its programs are in bin/ there
 * @throws {PrerequisiteError} where Python or pip is missing
 */
function installTool(name, home = path.join(ROOT, 'target')) {
  const requirements = path.join(__dirname, `${name}.txt`)
  const folder = path.join(home, name)
  const stamp = path.join(folder, 'requirements.txt')
  const wanted = fs.readFileSync(requirements, 'utf8')
  if (fs.existsSync(stamp) && fs.readFileSync(stamp, 'utf8') === wanted) return folder
  if (versionOf('python3', ['-m', 'pip', '--version']) === undefined) {
    throw new PrerequisiteError(`Python 3 with pip is needed: ${name} is installed by it.`)
  }
  console.log(`Installing ${name} into ${folder}.`)
  fs.rmSync(folder, { recursive: true, force: true })
  const flags = ['--quiet', '--disable-pip-version-check', '--require-hashes', '--no-deps']
  const args = ['-m', 'pip', 'install', ...flags, '--target', folder, '-r', requirements]
  execFileSync('python3', args, {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, PIP_ROOT_USER_ACTION: 'ignore' },
  })
  fs.writeFileSync(stamp, wanted)
  return folder
}

module.exports = { installTool }
