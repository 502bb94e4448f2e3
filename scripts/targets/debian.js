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
 */
function quietly(program, args, cwd) {
  try {
    execFileSync(program, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] })
  } catch (err) {
    const { stdout, stderr, message } = /** @type {any} */ (err)
    throw new Error(`${message}\n${stdout ?? ''}${stderr ?? ''}`, { cause: err })
  }
}

/**
 * Makes a small Debian with the openssl command, or takes the one that is there.
 *
 * @param {string} suite like `bookworm`
 * @param {string} folder
 */
function makeRoot(suite, folder) {
  if (process.getuid?.() !== 0) throw new PrerequisiteError('Only root can make another system.')
  if (fs.existsSync(path.join(folder, 'complete'))) return
  fs.rmSync(folder, { recursive: true, force: true })
  fs.mkdirSync(path.dirname(folder), { recursive: true })
  quietly('debootstrap', ['--variant=minbase', '--include=openssl', suite, folder, mirror()])
  fs.writeFileSync(path.join(folder, 'etc', 'hosts'), '127.0.0.1 localhost\n::1 localhost\n')
  fs.writeFileSync(path.join(folder, 'complete'), '')
}

/**
 * Unpacks packages, of any suite and processor, into a folder.
 *
 * @param {object} what
 * @param {string} what.suite
 * @param {string} what.cpu as Debian calls it: `amd64`
 * @param {string[]} what.names
 * @param {string} work a folder for what is fetched
 * @param {string} folder
 */
function unpack({ suite, cpu, names }, work, folder) {
  const state = path.join(work, `${suite}-${cpu}`)
  for (const name of ['lists/partial', 'cache/archives/partial', 'etc/preferences.d']) {
    fs.mkdirSync(path.join(state, name), { recursive: true })
  }
  const list = path.join(state, 'sources.list')
  fs.writeFileSync(list, `deb [signed-by=${KEYRING}] ${mirror()} ${suite} main\n`)
  const options = Object.entries({
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
  quietly('apt-get', [...options, 'update'])
  quietly('apt-get', [...options, 'download', ...names], state)
  for (const file of fs.readdirSync(state).filter(name => name.endsWith('.deb'))) {
    // Not `dpkg -x`: it would put a folder in the place of the link that /lib is.
    const tar = 'dpkg --fsys-tarfile "$0" | tar --extract --keep-directory-symlink --directory "$1"'
    quietly('sh', ['-c', tar, path.join(state, file), folder])
    fs.rmSync(path.join(state, file))
  }
}

module.exports = { makeRoot, quietly, unpack }
