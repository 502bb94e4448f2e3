'use strict'

// The package may be loaded several times in one process: hot reload, Jest's `resetModules`, test files that follow each
// other. The copies know of each other here, so that one that begins can have those that are out of use give back what
// they hold, and so that they share one listener for the end of the process.

const { ROOT } = require('./addon-file')
const { bare } = require('../host/bare')
const binding = require('./binding')

/**
 * A copy that has an engine.
 * @typedef {object} Copy
 * @property {() => boolean} giveBack Gives its engine back if nothing uses it. Says whether it has.
 * @property {() => void} end The process ends: what was sent is written.
 */

/** With the form of a copy, should that ever change. */
const KEY = Symbol.for(`tls-json-native 1 ${ROOT}`)

/** On what a process object carries it, it has the listener. */
const LISTENS = Symbol.for(`tls-json-native 1 ${ROOT} listens`)

/**
 * What all copies find. Jest gives each test file a process object of its own and the addon in common; who loads the addon
 * again, too, has the process object in common.
 * @returns {Set<Copy>}
 */
function shared() {
  /** @type {any[]} */
  const holders = [binding, process]
  const copies = holders.find(holder => Object.hasOwn(holder, KEY))?.[KEY] ?? new Set()
  for (const holder of holders) keep(holder, KEY, copies)
  return copies
}

/**
 * @param {object} holder
 * @param {symbol} key
 * @param {unknown} value
 */
function keep(holder, key, value) {
  if (!Object.hasOwn(holder, key)) Object.defineProperty(holder, key, bare({ value }))
}

/** @param {Copy} copy One that is about to have an engine. */
function enter(copy) {
  const copies = shared()
  for (const other of copies) {
    if (other.giveBack()) copies.delete(other)
  }
  copies.add(copy)
  if (Object.hasOwn(process, LISTENS)) return
  keep(process, LISTENS, true)
  process.on('exit', () => {
    for (const each of copies) each.end()
  })
}

module.exports = { enter }
