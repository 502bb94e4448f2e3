'use strict'

/**
 * What of `cargo deny` can be checked on this machine: licences, bans and sources of the crates
 * always, advisories where their database has been fetched before.
 */

const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')

const { cargo, versionOf } = require('./prerequisites')

/** @typedef {import('./steps').Step} Step */

/** Two versions of a crate are a warning, and where each comes from is `cargo tree`'s to tell. */
const CHECK = ['check', '--hide-inclusion-graph']

/**
 * Whether a database of advisories is there. Where it cannot be fetched only a lock file is left.
 *
 * @returns {boolean}
 */
function hasAdvisories() {
  const home = process.env.CARGO_HOME || path.join(os.homedir(), '.cargo')
  const folder = path.join(home, 'advisory-dbs')
  if (!fs.existsSync(folder)) return false
  return fs.readdirSync(folder).some(name => fs.existsSync(path.join(folder, name, 'crates')))
}

/** @returns {Step[]} */
function supplyChain() {
  const name = 'crates: licences, bans, sources'
  const advisories = 'crates: advisories'
  if (versionOf(cargo(), ['deny', '--version']) === undefined) {
    const missing = 'cargo-deny is not installed: `cargo install cargo-deny --locked`'
    return [name, advisories].map(each => ({ name: each, command: [], missing }))
  }
  return [
    { name, command: [cargo(), 'deny', '--locked', ...CHECK, 'licenses', 'bans', 'sources'] },
    {
      name: advisories,
      command: [cargo(), 'deny', '--locked', '--offline', ...CHECK, 'advisories'],
      ...(hasAdvisories() ? {} : { missing: 'no database of them here: `cargo deny fetch`' }),
    },
  ]
}

module.exports = { supplyChain }
