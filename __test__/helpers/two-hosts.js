'use strict'

const { spawn, spawnSync } = require('node:child_process')
const path = require('node:path')
const readline = require('node:readline')

const { cleanup } = require('./cleanup')
const { bounded, Log } = require('./events')
const { EventEmitter } = require('node:events')

/** @typedef {import('node:test').TestContext} TestContext */

/**
 * @param {string} program
 * @param {string[]} args
 * @throws {Error} with what the program said
 */
function run(program, args) {
  const { status, stderr, error } = spawnSync(program, args, { encoding: 'utf8' })
  if (error) throw error
  if (status !== 0) throw new Error(`${program} ${args.join(' ')}: ${stderr.trim()}`)
}

/**
 * @param {string} namespace
 * @param {string} name
 * @param {number} value
 */
function set(namespace, name, value) {
  run('ip', ['netns', 'exec', namespace, 'sysctl', '-qw', `${name}=${value}`])
}

/** A host that runs programs, in a network namespace. */
class Host {
  #t
  #namespace

  /**
   * @param {TestContext} t
   * @param {string} namespace
   */
  constructor(t, namespace) {
    this.#t = t
    this.#namespace = namespace
  }

  /**
   * Runs a file of this folder that tells each event as a line of JSON: its name and arguments.
   *
   * @param {string} file
   * @param {unknown} given what it gets as its argument
   * @param {string[]} events
   * @returns {{ log: Log, say: (word: string) => void }}
   */
  start(file, given, events) {
    const args = ['netns', 'exec', this.#namespace, process.execPath]
    const child = spawn('ip', [...args, path.join(__dirname, file), JSON.stringify(given)], {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    const ended = new Promise(resolve => child.once('close', resolve))
    cleanup(this.#t, async () => {
      child.kill()
      await bounded(ended, 'the end of a program')
    })
    const emitter = new EventEmitter()
    const log = new Log(emitter, events)
    readline.createInterface(child.stdout).on('line', line => {
      const [name, ...rest] = JSON.parse(line)
      emitter.emit(name, ...rest)
    })
    return { log, say: word => void child.stdin.write(`${word}\n`) }
  }
}

/**
 * Two hosts on networks of their own, and a router between them: what it does not pass on vanishes without a word.
 *
 * @param {TestContext} t
 * @param {{ retries?: number }} [how] how often the hosts send once more what is not acknowledged; else as the system is set
 * @returns {{ hosts: [Host, Host], addresses: [string, string], cut: () => void } | string} or why there cannot be any
 */
function twoHosts(t, { retries } = {}) {
  if (process.platform !== 'linux') return 'network namespaces are of Linux'
  const [near, router, far] = ['a', 'r', 'b'].map(name => `tlsjson-${process.pid}-${name}`)
  const names = /** @type {[string, string, string]} */ ([near, router, far])
  const inside = (/** @type {string} */ namespace, /** @type {string[]} */ ...args) =>
    run('ip', ['-n', namespace, ...args])
  cleanup(t, () => {
    // What goes with them: their devices.
    for (const name of names) spawnSync('ip', ['netns', 'del', name])
  })
  try {
    for (const name of names) run('ip', ['netns', 'add', name])
    for (const [index, host] of [names[0], names[2]].entries()) {
      const network = `10.77.${index}`
      const peer = ['peer', 'name', `r${index}`, 'netns', names[1]]
      run('ip', ['link', 'add', 'h0', 'netns', host, 'type', 'veth', ...peer])
      inside(host, 'addr', 'add', `${network}.1/24`, 'dev', 'h0')
      inside(host, 'link', 'set', 'h0', 'up')
      inside(names[1], 'addr', 'add', `${network}.254/24`, 'dev', `r${index}`)
      inside(names[1], 'link', 'set', `r${index}`, 'up')
      inside(host, 'route', 'add', 'default', 'via', `${network}.254`)
      if (retries !== undefined) set(host, 'net.ipv4.tcp_retries2', retries)
    }
  } catch (error) {
    return `network namespaces may not be made here: ${/** @type {Error} */ (error).message}`
  }
  const forward = (/** @type {0 | 1} */ wanted) => set(names[1], 'net.ipv4.ip_forward', wanted)
  forward(1)
  return {
    hosts: [new Host(t, names[0]), new Host(t, names[2])],
    addresses: ['10.77.0.1', '10.77.1.1'],
    cut: () => forward(0),
  }
}

module.exports = { twoHosts }
