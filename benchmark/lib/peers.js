'use strict'

const path = require('node:path')

/**
 * @typedef {object} Peer one implementation
 * @property {string} name
 * @property {string} title
 * @property {string} module what to `require` for `{ Server, Client }`
 * @property {boolean} allowRepeats tls-json 3.3.0 delivers a message twice when a chunk ends right
 *   before its newline. That happens a few times in 10,000 sends of a burst; the repeats are
 *   counted and shown instead of failing it. Nobody else is forgiven.
 */

const ROOT = path.join(__dirname, '..', '..')

/** The peer ratios are taken against, the first of them that ran. */
const BASELINES = ['original', 'tuned']

/**
 * @param {string} name "ours", "tuned", "original", or NAME=DIR for any other directory
 * @param {string | undefined} reference directory of the original
 * @returns {Peer}
 */
function peerOf(name, reference) {
  switch (name) {
    case 'ours':
      return { name, title: 'tls-json-native', module: ROOT, allowRepeats: false }
    case 'tuned': {
      const module = path.join(ROOT, 'benchmark', 'peers', 'tuned.js')
      return { name, title: 'tuned node:tls', module, allowRepeats: false }
    }
    case 'original':
      if (reference === undefined) throw new Error('the peer "original" needs --reference DIR')
      return { name, title: 'tls-json', module: path.resolve(reference), allowRepeats: true }
  }
  const [, title, directory] = /^([\w.-]+)=(.+)$/.exec(name) ?? []
  if (!directory) throw new Error(`unknown peer "${name}"`)
  return { name: title, title, module: path.resolve(directory), allowRepeats: false }
}

/**
 * @param {string[] | undefined} names default: all there are
 * @param {string | undefined} reference directory of the original
 * @returns {Peer[]}
 */
function peersOf(names, reference) {
  names ??= reference === undefined ? ['ours', 'tuned'] : ['ours', 'tuned', 'original']
  const peers = names.map(name => peerOf(name, reference))
  for (const [index, { name }] of peers.entries()) {
    if (peers.findIndex(other => other.name === name) !== index) {
      throw new Error(`the peer "${name}" is named twice`)
    }
  }
  return peers
}

module.exports = { BASELINES, peersOf }
