'use strict'

const fs = require('node:fs')
const path = require('node:path')

const { BUNDLES, writeBundles } = require('../../scripts/bundle')
const floor = require('../floor/build')

/**
 * @typedef {object} Peer one implementation
 * @property {string} name
 * @property {string} title
 * @property {string} version of the package; that of Node where there is none
 * @property {string} module what to `require` for `{ Server, Client }`
 * @property {string} loads what a program requires that uses it, for the time that takes
 * @property {boolean} speaksWire whether it speaks the wire format of tls-json
 * @property {boolean} allowRepeats tls-json 3.3.0 delivers a message twice when a chunk ends right
 *   before its newline. That happens a few times in 10,000 sends of a burst; the repeats are
 *   counted and shown instead of failing it. Nobody else is forgiven.
 */

const ROOT = path.join(__dirname, '..', '..')

/**
 * @param {string} directory of a package
 * @returns {string}
 */
function versionOf(directory) {
  return JSON.parse(fs.readFileSync(path.join(directory, 'package.json'), 'utf8')).version
}

/**
 * @param {string} name "ours", "tuned", "ws", "floor", "original", or NAME=DIR for any other directory
 * @param {string | undefined} reference directory of the original
 * @returns {Peer}
 */
function peerOf(name, reference) {
  const own = { name, allowRepeats: false, speaksWire: true }
  const module = path.join(ROOT, 'benchmark', 'peers', `${name}.js`)
  switch (name) {
    case 'ours': {
      // As it is installed.
      writeBundles()
      const [loads = ''] = BUNDLES
      return { ...packaged(ROOT), ...own, title: 'tls-json-native', loads }
    }
    case 'tuned':
      return { ...own, title: 'tuned node:tls', version: process.version, module, loads: 'tls' }
    case 'ws': {
      const loads = path.dirname(require.resolve('ws/package.json'))
      return { ...own, title: 'ws', version: versionOf(loads), module, loads, speaksWire: false }
    }
    case 'floor': {
      floor.build()
      const home = path.join(ROOT, 'benchmark', 'floor')
      return { ...own, title: 'floor', version: process.version, module: home, loads: home }
    }
    case 'original':
      if (reference === undefined) throw new Error('the peer "original" needs --reference DIR')
      return { ...packaged(reference), ...own, title: 'tls-json', allowRepeats: true }
  }
  const [, title, directory] = /^([\w.-]+)=(.+)$/.exec(name) ?? []
  if (!directory) throw new Error(`unknown peer "${name}"`)
  return { ...packaged(directory), ...own, name: title, title }
}

/**
 * @param {string} directory
 * @returns {Pick<Peer, 'version' | 'module' | 'loads'>}
 */
function packaged(directory) {
  const module = path.resolve(directory)
  return { version: versionOf(module), module, loads: module }
}

/**
 * @param {string[]} others what is measured beside ours and, when there is a reference, the original
 * @param {string | undefined} reference directory of the original
 * @returns {Peer[]}
 */
function peersOf(others, reference) {
  const names = new Set(['ours', ...others])
  if (reference !== undefined) names.add('original')
  const peers = [...names].map(name => peerOf(name, reference))
  for (const [index, { name }] of peers.entries()) {
    if (peers.findIndex(other => other.name === name) !== index) {
      throw new Error(`the peer "${name}" is named twice`)
    }
  }
  return peers
}

module.exports = { peerOf, peersOf }
