'use strict'

/**
 * zig as the C compiler and linker for other systems, by cargo-zigbuild: it brings the C libraries of all of them, and
 * glibc's in every version.
 */

const { execFileSync } = require('node:child_process')
const fs = require('node:fs')
const path = require('node:path')

const { ROOT } = require('../lib/engine/addon-file')
const { PrerequisiteError, versionOf } = require('./prerequisites')

/** Versions and hashes. */
const REQUIREMENTS = path.join(ROOT, 'scripts', 'zig-requirements.txt')

/** Where they are installed: no tool of the machine is touched. */
const FOLDER = path.join(ROOT, 'target', 'zig')

/** Kept beside what was installed, to know it again. */
const STAMP = path.join(FOLDER, 'requirements.txt')

function install() {
  const wanted = fs.readFileSync(REQUIREMENTS, 'utf8')
  if (fs.existsSync(STAMP) && fs.readFileSync(STAMP, 'utf8') === wanted) return
  if (versionOf('python3', ['-m', 'pip', '--version']) === undefined) {
    throw new PrerequisiteError('Python 3 with pip is needed: zig is installed by it.')
  }
  console.log('Installing zig and cargo-zigbuild into target/zig (90 MB to fetch).')
  fs.rmSync(FOLDER, { recursive: true, force: true })
  const flags = ['--quiet', '--disable-pip-version-check', '--require-hashes', '--no-deps']
  const args = ['-m', 'pip', 'install', ...flags, '--target', FOLDER, '-r', REQUIREMENTS]
  execFileSync('python3', args, { stdio: ['ignore', 'inherit', 'inherit'] })
  fs.writeFileSync(STAMP, wanted)
}

/**
 * @returns {{ command: string[], environment: NodeJS.ProcessEnv }} what stands in for `cargo build`
 * @throws {PrerequisiteError} where it cannot be installed
 */
function zigbuild() {
  install()
  return {
    command: [path.join(FOLDER, 'bin', 'cargo-zigbuild'), 'build'],
    environment: {
      PYTHONPATH: [FOLDER, process.env.PYTHONPATH].filter(Boolean).join(path.delimiter),
    },
  }
}

module.exports = { zigbuild }
