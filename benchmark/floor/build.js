'use strict'

/** Builds the floor's addon, if it is not up to date: cargo knows. */

const { execFileSync } = require('node:child_process')
const path = require('node:path')

const { cargo } = require('../../scripts/prerequisites')

const ROOT = path.join(__dirname, '..', '..')

/** What the package itself has compiled is not compiled again. */
const TARGET = path.join(ROOT, 'target')

const FILE = path.join(TARGET, 'release', 'libtls_json_floor.so')

/** Where it was built for the first time this takes a minute; cargo shows how far it is. */
function build() {
  if (process.platform !== 'linux') throw new Error('the floor stands on epoll: it is for Linux')
  const manifest = path.join(__dirname, 'Cargo.toml')
  const args = ['build', '--release', '--locked', '--manifest-path', manifest]
  execFileSync(cargo(), [...args, '--target-dir', TARGET], { cwd: ROOT, stdio: 'inherit' })
}

module.exports = { FILE, build }
