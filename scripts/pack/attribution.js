'use strict'

/**
 * The licences of the crates inside a native library, to be delivered with it: most demand that.
 *
 * What cargo-about would write, without a tool that takes minutes to build: cargo knows the crates, and each carries
 * its texts. `cargo deny` decides which licences may be used at all (deny.toml).
 */

const { execFileSync } = require('node:child_process')
const fs = require('node:fs')
const path = require('node:path')

const { ROOT } = require('../../lib/engine/addon-file')
const { cargo } = require('../prerequisites')

/** @typedef {import('../platforms').Platform} Platform */

/** @typedef {{ name: string, version: string, license: string | null, repository: string | null, manifest_path: string }} Crate */

/** Our own crate, whose licence is the package's. */
const OWN = 'tls-json-native'

/** Files in a crate's folder that hold licences and notices. */
const TEXTS = /^(licen[cs]e|copying|notice|copyright|unlicense)/i

/**
 * @param {string[]} args
 * @returns {string}
 */
function ask(args) {
  const maxBuffer = 64 * 1024 * 1024
  return execFileSync(cargo(), args, { cwd: ROOT, encoding: 'utf8', maxBuffer })
}

/**
 * @param {Platform} platform
 * @returns {Crate[]} the crates that are linked into the library there, ours left out, by name
 */
function linkedCrates({ triple }) {
  // Only the tree knows the features that are on. Tools of the build and macros leave nothing of theirs in the library.
  const edges = ['--edges', 'normal,no-proc-macro', '--target', triple]
  const tree = ask(['tree', '--locked', '--prefix', 'none', '--format', '{p}', ...edges])
  const linked = new Set(tree.split('\n').map(line => line.split(' ').slice(0, 2).join(' ')))
  /** @type {{ packages: Crate[] }} */
  const { packages } = JSON.parse(ask(['metadata', '--format-version=1', '--locked']))
  return packages
    .filter(({ name, version }) => linked.has(`${name} v${version}`) && name !== OWN)
    .sort((a, b) => (a.name < b.name ? -1 : 1))
}

/**
 * @param {Crate} crate
 * @returns {string[]} its licences and notices, in full
 */
function textsOf(crate) {
  const folder = path.dirname(crate.manifest_path)
  return fs
    .readdirSync(folder, { withFileTypes: true })
    .filter(entry => entry.isFile() && TEXTS.test(entry.name))
    .map(entry => entry.name)
    .sort()
    .map(name => fs.readFileSync(path.join(folder, name), 'utf8').replace(/\r\n/g, '\n').trim())
}

/**
 * @param {Platform} platform
 * @returns {string} the file's text: every crate, and every licence once
 */
function attribution(platform) {
  const crates = linkedCrates(platform)
  /** @type {Map<string, string[]>} */
  const texts = new Map()
  for (const crate of crates) {
    for (const text of textsOf(crate)) {
      texts.set(text, [...(texts.get(text) ?? []), `${crate.name} ${crate.version}`])
    }
  }
  const list = crates.map(
    ({ name, version, license, repository }) =>
      `${name} ${version}: ${license ?? 'see below'}${repository ? ` (${repository})` : ''}`,
  )
  const rule = '-'.repeat(72)
  const parts = [...texts].map(
    ([text, names]) => `${rule}\n${names.join(', ')}\n${rule}\n\n${text}`,
  )
  return (
    `The native library of tls-json-native for ${platform.name} contains these Rust crates:\n\n` +
    `${list.join('\n')}\n\n${parts.join('\n\n')}\n`
  )
}

module.exports = { attribution, linkedCrates }
