'use strict'

// The servers that a client may connect to, one after the other: its option `servers`.

const invalid = require('../errors/invalid')

/** @typedef {{ host?: string, port: number | string, servername?: string }} Entry */

const NAMES = new Set(['host', 'port', 'servername'])

/** @param {unknown} value */
function isName(value) {
  return typeof value === 'string' && value !== ''
}

/** @param {unknown} value */
function isPort(value) {
  if (typeof value === 'string') return value.trim() !== '' && !(Number(value) > 0xffff)
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 0xffff
}

/**
 * @param {any} servers
 * @returns {Entry[]} The same.
 * @throws {TypeError} For what is no list of servers, and names the entry that is wrong.
 */
function checkServers(servers) {
  if (!Array.isArray(servers) || servers.length === 0) {
    throw invalid.option('servers', servers, 'a list of { host, port, servername }, one at least')
  }
  for (const [at, entry] of servers.entries()) {
    const name = `servers[${at}]`
    if (typeof entry !== 'object' || entry === null) {
      throw invalid.option(name, entry, 'an object, as in { host, port }')
    }
    const unknown = Object.keys(entry).find(key => !NAMES.has(key))
    if (unknown !== undefined) {
      throw invalid.option(name, entry, `an object of host, port, servername, and not ${unknown}`)
    }
    const { host, port, servername } = entry
    if (!isPort(port)) {
      throw invalid.option(`${name}.port`, port, 'a port, or the path of a Unix domain socket')
    }
    if (host !== undefined && !isName(host)) {
      throw invalid.option(`${name}.host`, host, 'a name or an address')
    }
    if (servername !== undefined && typeof servername !== 'string') {
      throw invalid.option(`${name}.servername`, servername, 'a name')
    }
  }
  return servers
}

/** Which server is tried now, and what came of it so far. */
class Hosts {
  /** The list as it was read last. @type {Entry[]} */
  #entries = []
  /** Which of them is tried, or was the last to let us in. */
  #at = 0
  /** @type {Map<string, { attempts: number, logins: number }> | null} */
  #counts = null

  /** How many there are to try in turn. */
  get count() {
    return Math.max(1, this.#entries.length)
  }

  /**
   * Where an attempt goes.
   * @param {any} config
   * @returns {{ config: any, entry: Entry | null }} The configuration to connect with; and the entry of the list, if there
   *   is one: then its address is that of the configuration.
   */
  choose(config) {
    if (config.servers === undefined) return { config, entry: null }
    this.#entries = checkServers(config.servers)
    this.#at %= this.#entries.length
    const { entry } = this
    if (entry === null) return { config, entry }
    this.#countOf(entry).attempts++
    const { host = 'localhost', port } = entry
    const { host: _host, port: _port, path: _path, ...options } = config.options ?? {}
    if (entry.servername !== undefined) options.servername = entry.servername
    return { config: Object.assign(Object.create(config), { host, port, options }), entry }
  }

  /** The entry that is tried, or was last; null without a list. */
  get entry() {
    return this.#entries[this.#at] ?? null
  }

  /** It has let us in: it stays the first. */
  loggedIn() {
    if (this.entry !== null) this.#countOf(this.entry).logins++
  }

  /** The next one is to be tried. */
  moveOn() {
    this.#at = (this.#at + 1) % this.count
  }

  /** @returns {{ host: string, port: number | string, current: boolean, attempts: number, logins: number }[]} What came of each. */
  stats() {
    return this.#entries.map((entry, at) => {
      const { host = 'localhost', port } = entry
      return { host, port, current: at === this.#at, ...this.#countOf(entry) }
    })
  }

  /** @param {Entry} entry */
  #countOf({ host = 'localhost', port }) {
    const key = JSON.stringify([host, port])
    const counts = (this.#counts ??= new Map())
    const count = counts.get(key) ?? { attempts: 0, logins: 0 }
    counts.set(key, count)
    return count
  }
}

module.exports = { Hosts, checkServers }
