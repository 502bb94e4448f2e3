'use strict'

/**
 * Debian's packages in folders: a small system to run programs in, and libraries of other processors beside it. Nothing
 * is installed on this machine. Needs root, debootstrap and apt.
 */

const { execFileSync } = require('node:child_process')
const fs = require('node:fs')
const path = require('node:path')

const { PrerequisiteError } = require('../prerequisites')

const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg'

/** Where apt keeps the mirrors that this machine uses, in both of its formats. */
const SOURCES = ['/etc/apt/sources.list', '/etc/apt/sources.list.d']

/**
 * @returns {string} the mirror that this machine's apt uses
 * @throws {PrerequisiteError} where there is none
 */
function mirror() {
  const files = SOURCES.filter(name => fs.existsSync(name)).flatMap(name =>
    fs.statSync(name).isDirectory()
      ? fs.readdirSync(name).map(each => path.join(name, each))
      : name,
  )
  for (const file of files) {
    const text = fs.readFileSync(file, 'utf8')
    const [, found] = /^(?:URIs:|deb) +(?:\[[^\]]*\] *)?(https?:\S+\/debian)\/?\s/m.exec(text) ?? []
    if (found !== undefined) return found
  }
  throw new PrerequisiteError("Debian's packages are needed, and apt knows no mirror of them.")
}

/**
 * @param {string} program
 * @param {string[]} args
 * @param {string} [cwd]
 * @returns {string} what it printed
 * @throws {Error} with all that it said, where it fails
 */
function quietly(program, args, cwd) {
  try {
    return execFileSync(program, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
  } catch (err) {
    const { stdout, stderr, message } = /** @type {any} */ (err)
    throw new Error(`${message}\n${stdout ?? ''}${stderr ?? ''}`, { cause: err })
  }
}

/** What a system has beside the least: the openssl command, and what Node 26 is linked with. */
const INCLUDED = ['libatomic1', 'openssl']

/**
 * Makes a small Debian, or takes the one that is there.
 *
 * @param {string} suite like `bookworm`
 * @param {string} folder
 * @param {string[]} [more] packages that it is to have as well
 */
function makeRoot(suite, folder, more = []) {
  if (process.getuid?.() !== 0) throw new PrerequisiteError('Only root can make another system.')
  const stamp = path.join(folder, 'complete')
  const included = [...INCLUDED, ...more].join(',')
  if (fs.existsSync(stamp) && fs.readFileSync(stamp, 'utf8') === included) return
  fs.rmSync(folder, { recursive: true, force: true })
  fs.mkdirSync(path.dirname(folder), { recursive: true })
  quietly('debootstrap', ['--variant=minbase', `--include=${included}`, suite, folder, mirror()])
  fs.writeFileSync(path.join(folder, 'etc', 'hosts'), '127.0.0.1 localhost\n::1 localhost\n')
  fs.writeFileSync(stamp, included)
}

/**
 * @typedef {object} Packages
 * @property {string} suite
 * @property {string} cpu as Debian calls it: `amd64`
 * @property {string[]} names
 * @property {RegExp} [needed] of what those depend on, what is taken as well
 * @property {'debian' | 'debian-security'} [archive]
 * @property {string[]} [without] what of them is left out, as tar's patterns
 */

/**
 * @param {Packages} what
 * @param {string} state a folder for what apt knows and fetches
 * @returns {string[]} options with which apt knows that suite alone, and nothing of this machine
 */
function aptOptions({ suite, cpu, archive = 'debian' }, state) {
  for (const name of ['lists/partial', 'cache/archives/partial', 'etc/preferences.d']) {
    fs.mkdirSync(path.join(state, name), { recursive: true })
  }
  const list = path.join(state, 'sources.list')
  const url = mirror().replace(/debian$/, archive)
  fs.writeFileSync(list, `deb [signed-by=${KEYRING}] ${url} ${suite} main\n`)
  return Object.entries({
    'APT::Architecture': cpu,
    'APT::Architectures': cpu,
    'APT::Sandbox::User': 'root',
    'Dir::Etc': path.join(state, 'etc'),
    'Dir::Etc::SourceList': list,
    'Dir::Etc::SourceParts': '/dev/null',
    'Dir::State': state,
    'Dir::State::Lists': path.join(state, 'lists'),
    'Dir::State::Status': '/dev/null',
    'Dir::Cache': path.join(state, 'cache'),
  }).flatMap(([name, value]) => ['-o', `${name}=${value}`])
}

/**
 * @param {string[]} options of apt
 * @param {Packages} what
 * @returns {string[]} the packages to fetch
 */
function withNeeded(options, { names, needed }) {
  if (needed === undefined) return names
  const kinds = ['recommends', 'suggests', 'conflicts', 'breaks', 'replaces', 'enhances']
  const flags = ['--recurse', ...kinds.map(kind => `--no-${kind}`)]
  const lines = quietly('apt-cache', [...options, 'depends', ...flags, ...names]).split('\n')
  // Packages stand at the beginning of their lines, what they depend on further in.
  return [...new Set([...names, ...lines.filter(line => needed.test(line))])]
}

/**
 * Unpacks packages, of any suite and processor, into a folder.
 *
 * @param {Packages} what
 * @param {string} work a folder for what is fetched
 * @param {string} folder
 */
function unpack(what, work, folder) {
  const state = path.join(work, `${what.suite}-${what.cpu}`)
  const options = aptOptions(what, state)
  quietly('apt-get', [...options, 'update'])
  quietly('apt-get', [...options, 'download', ...withNeeded(options, what)], state)
  const without = (what.without ?? []).map(pattern => `--exclude=${pattern}`)
  for (const file of fs.readdirSync(state).filter(name => name.endsWith('.deb'))) {
    // Not `dpkg -x`: it would put a folder in the place of the link that /lib is.
    const tar =
      'dpkg --fsys-tarfile "$0" | tar --extract --keep-directory-symlink --no-wildcards-match-slash "$@"'
    quietly('sh', ['-c', tar, path.join(state, file), '--directory', folder, ...without])
    fs.rmSync(path.join(state, file))
  }
}

module.exports = { makeRoot, quietly, unpack }
