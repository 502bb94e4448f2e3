'use strict'

// What a release publishes: the main package without a library, and a package with one for each system.

const assert = require('node:assert/strict')
const fs = require('node:fs')
const path = require('node:path')
const { before, test } = require('node:test')

const { ROOT, addonFile, target } = require('../../lib/engine/addon-file')
const { TARGETS, packageName } = require('../../lib/engine/platform-package')
const { DIST, tooNew } = require('../../scripts/cross')
const { requireAddress } = require('../../scripts/pack/address')
const { formatOf, requireFormat, requireOldest } = require('../../scripts/pack/binary-format')
const { PLATFORMS, platformOf } = require('../../scripts/platforms')
const { cleanup } = require('../helpers/cleanup')
const { beginning, elf, libraries } = require('../helpers/libraries')
const { emptyProject, newDirectory, npm, run, withoutCargo } = require('../helpers/package')
const { publishedIn, startRegistry } = require('../../scripts/registry')

const { version: VERSION } = require('../../package.json')
const OWN = target()
const OTHER = OWN === 'linux-arm64-musl' ? 'linux-x64-gnu' : 'linux-arm64-musl'

/** @typedef {import('../../scripts/registry').Published} Published */

/** @type {Published[]} */
let published

/** @type {{ folder: string, sums: string }} */
let packed

/**
 * @param {string} file a tarball
 * @returns {string} where it was unpacked
 */
function unpacked(file) {
  const folder = newDirectory()
  const { status, stderr } = run(folder, ['tar', '-xzf', file])
  assert.equal(status, 0, stderr)
  return path.join(folder, 'package')
}

/**
 * @param {string} folder
 * @returns {any}
 */
function manifestIn(folder) {
  return JSON.parse(fs.readFileSync(path.join(folder, 'package.json'), 'utf8'))
}

before(() => {
  const found = libraries([platformOf(OWN), platformOf(OTHER)])
  const folder = newDirectory()
  const args = ['platforms', '--libraries', found, '--out', folder]
  const { status, stderr } = run(ROOT, [process.execPath, 'scripts/pack.js', ...args])
  assert.equal(status, 0, stderr)
  const sums = fs.readFileSync(path.join(folder, 'SHA256SUMS'), 'utf8')
  published = publishedIn(folder)
  packed = { folder, sums }
})

/**
 * @param {string} name
 * @returns {Published}
 */
function publishedAs(name) {
  const found = published.find(({ manifest }) => manifest.name === name)
  assert.ok(found, name)
  return found
}

/**
 * @param {import('node:test').TestContext} t
 * @returns {Promise<string>} the URL of a registry that has all of it, and ends with the test
 */
async function registry(t) {
  const { url, close } = await startRegistry(published)
  cleanup(t, close)
  return url
}

/**
 * @param {string} url a registry
 * @returns {string[]} npm's arguments that let it ask only that, and keep nothing
 */
function only(url) {
  return [`--registry=${url}`, `--cache=${newDirectory()}`, '--no-audit', '--no-fund']
}

/** @type {string | undefined} a project, installed from a registry without Rust and install scripts */
let project

/**
 * @param {import('node:test').TestContext} t
 * @returns {Promise<string>} a copy, which the test may spoil
 */
async function installed(t) {
  if (project === undefined) {
    const folder = emptyProject()
    const flags = [...only(await registry(t)), '--ignore-scripts']
    npm(folder, ['install', `tls-json@npm:tls-json-native@${VERSION}`, ...flags], withoutCargo())
    project = folder
  }
  const copy = newDirectory()
  fs.cpSync(project, copy, { recursive: true })
  return copy
}

test('the main package asks for every system at its own version, and has no library', () => {
  const home = unpacked(publishedAs('tls-json-native').file)
  const { optionalDependencies, devDependencies, scripts } = manifestIn(home)
  assert.deepEqual(
    optionalDependencies,
    Object.fromEntries(TARGETS.map(name => [packageName(name), VERSION])),
  )
  assert.equal(devDependencies, undefined)
  assert.deepEqual(Object.keys(scripts), ['build'], 'nothing runs at installing')
  const bundles = ['cluster.js', 'later.js', 'tls-json.js']
  assert.deepEqual(fs.readdirSync(path.join(home, 'build')).sort(), bundles)
  assert.deepEqual(
    TARGETS,
    PLATFORMS.map(({ name }) => name),
    'what is asked for is what is built',
  )
})

test('what the documents of a release lead to is in it, or in the repository', () => {
  const folder = unpacked(publishedAs('tls-json-native').file)
  const documents = fs
    .readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter(name => name.endsWith('.md'))
  const { repository, version } = manifestIn(ROOT)
  const elsewhere = `${repository.replace('github:', 'https://github.com/')}/blob/v${version}/`
  /** @type {string[]} */
  const dead = []
  /** @type {Set<string>} */
  const left = new Set()
  for (const name of documents) {
    const text = fs.readFileSync(path.join(folder, name), 'utf8')
    for (const [, first, second] of text.matchAll(/\]\(([^)#\s]+)|(?:src|href)="([^"#]+)/g)) {
      const link = first ?? second ?? ''
      const isElsewhere = link.startsWith(elsewhere)
      if (isElsewhere) left.add(link.slice(elsewhere.length))
      else if (/^\w+:/.test(link)) continue
      const file = isElsewhere
        ? path.join(ROOT, link.slice(elsewhere.length))
        : path.join(folder, path.dirname(name), link)
      if (!fs.existsSync(file)) dead.push(`${name}: ${link}`)
    }
  }
  assert.deepEqual(dead, [])
  // What is for who works on the package.
  assert.deepEqual([...left].sort(), [
    'CONTRIBUTING.md',
    'docs/internals/cluster.md',
    'docs/internals/figures.md',
    'docs/internals/floor.md',
    'docs/internals/fuzzing.md',
    'docs/internals/memory.md',
    'docs/internals/releasing.md',
    'docs/internals/soak.md',
  ])
})

test('a platform package has the library, its licences, and says where it belongs', () => {
  const { os, cpu, libc } = platformOf(OWN)
  const home = unpacked(publishedAs(packageName(OWN)).file)
  const manifest = manifestIn(home)
  assert.equal(manifest.version, VERSION)
  assert.deepEqual([manifest.os, manifest.cpu, manifest.libc], [[os], [cpu], libc && [libc]])
  assert.deepEqual(
    fs.readFileSync(path.join(home, manifest.main)),
    fs.readFileSync(addonFile()),
    'byte for byte',
  )
  const licences = fs.readFileSync(path.join(home, 'THIRD-PARTY-LICENSES.txt'), 'utf8')
  for (const crate of ['rustls', 'aws-lc-sys', 'tokio', 'napi']) {
    assert.match(licences, new RegExp(`^${crate} \\d+\\.\\d+\\.\\d+: `, 'm'))
  }
  assert.match(licences, /Permission is hereby granted/)
  assert.doesNotMatch(licences, /^(loom|proptest|napi-derive) /m, 'only what is inside')
})

test('each tarball is in the list of checksums', () => {
  const { status, stdout, stderr } = run(packed.folder, ['sha256sum', '--check', 'SHA256SUMS'])
  assert.equal(status, 0, stderr)
  assert.equal(stdout.match(/: OK$/gm)?.length, published.length)
  assert.equal(packed.sums.trim().split('\n').length, published.length)
})

test('from a registry, without Rust and install scripts, one library comes and it works', async t => {
  const folder = await installed(t)
  assert.deepEqual(fs.readdirSync(path.join(folder, 'node_modules', '@tls-json-native')), [OWN])
  const program = `
    const { Server } = require('tls-json')
    console.log(Object.keys(require.cache).find(name => name.endsWith('.node')), typeof Server)`
  const { stdout, stderr } = run(folder, [process.execPath, '-e', program])
  assert.ok(stdout.includes(path.join('@tls-json-native', OWN)), stdout + stderr)
  assert.match(stdout, /function\n$/)
})

test('left out, it is named, and the command in the message brings it', async t => {
  const url = await registry(t)
  const folder = emptyProject()
  const flags = only(url)
  npm(folder, ['install', `tls-json@npm:tls-json-native@${VERSION}`, '--omit=optional', ...flags])
  const load = [process.execPath, '-e', `require('tls-json'); console.log('loaded')`]
  const { stderr } = run(folder, load)
  assert.match(stderr, /code: 'TLSJSON_NO_BINARY'/)
  const [, command = ''] = /^ {2}npm (install .*)$/m.exec(stderr) ?? []
  assert.ok(command.includes(`${packageName(OWN)}@${VERSION}`), stderr)
  npm(folder, [...command.split(' '), ...flags])
  const again = run(folder, load)
  assert.equal(again.stdout, 'loaded\n', again.stderr)
})

test('a library of another version is not loaded', async t => {
  const folder = await installed(t)
  const file = path.join(folder, 'node_modules', '@tls-json-native', OWN, 'package.json')
  fs.writeFileSync(
    file,
    JSON.stringify({ ...JSON.parse(fs.readFileSync(file, 'utf8')), version: '0.0.1' }),
  )
  const { stderr } = run(folder, [process.execPath, '-e', `require('tls-json')`])
  assert.match(stderr, /TLSJSON_NO_BINARY/)
  assert.ok(stderr.includes(`${packageName(OWN)} is 0.0.1, and this package is ${VERSION}`), stderr)
  assert.match(stderr, /delete node_modules, then npm install/)
})

test('a library is known by its header, and refused for another system', () => {
  const gnu = elf(62, 'GLIBC_2.2.5\0GLIBC_2.34\0GLIBC_2.9')
  assert.deepEqual(formatOf(gnu), { os: 'linux', cpu: 'x64', libc: 'glibc', glibc: '2.34' })
  requireFormat(gnu, platformOf('linux-x64-gnu'))
  assert.throws(() => requireFormat(gnu, platformOf('linux-x64-musl')), /for glibc, not musl/)
  assert.throws(() => requireFormat(gnu, platformOf('linux-arm64-gnu')), /for x64, not arm64/)
  assert.throws(() => requireFormat(gnu, platformOf('darwin-x64')), /for linux, not darwin/)
  assert.throws(() => requireOldest(gnu, platformOf('linux-x64-gnu')), /needs glibc 2\.34/)
  requireOldest(elf(62, 'GLIBC_2.17'), platformOf('linux-x64-gnu'))

  for (const platform of PLATFORMS) requireFormat(beginning(platform), platform)
  assert.deepEqual(formatOf(beginning(platformOf('darwin-arm64'))), { os: 'darwin', cpu: 'arm64' })
  assert.deepEqual(formatOf(beginning(platformOf('win32-x64-msvc'))), { os: 'win32', cpu: 'x64' })
  assert.throws(() => formatOf(Buffer.from('not a library')), /too short/)
  assert.throws(() => formatOf(Buffer.alloc(64)), /no native library/)
})

test('what was built for this machine alone is not taken for what a release has', () => {
  const folder = newDirectory()
  const write = (/** @type {string} */ name, /** @type {Buffer} */ content) => {
    fs.writeFileSync(path.join(folder, name), content)
    return path.join(folder, name)
  }
  const fresh = write('fresh', elf(62, 'GLIBC_2.34'))
  assert.match(tooNew(fresh, 'linux-x64-gnu') ?? '', /needs glibc 2\.34, and 2\.17 is promised/)
  assert.equal(tooNew(write('old', elf(62, 'GLIBC_2.17')), 'linux-x64-gnu'), undefined)
  assert.equal(tooNew(path.join(folder, 'none'), 'linux-x64-gnu'), undefined)
})

test('what a build for a release left needs no newer glibc than promised', t => {
  const file = path.join(DIST, path.basename(addonFile()))
  if (!fs.existsSync(file)) return t.skip('none was built: npm run build -- --portable')
  requireOldest(fs.readFileSync(file), platformOf(OWN))
})

test('a release is not packed without the library of each system', () => {
  const args = ['platforms', '--complete', '--libraries', newDirectory(), '--out', newDirectory()]
  const { status, stderr } = run(ROOT, [process.execPath, 'scripts/pack.js', ...args])
  assert.equal(status, 1)
  for (const name of TARGETS) assert.ok(stderr.includes(name), stderr)
})

test('a release is not packed before the owner has set the address of the repository', () => {
  const set = (/** @type {string} */ owner) => ({
    repository: `github:${owner}/tls-json-native`,
    homepage: `https://example.org/${owner}/tls-json-native#readme`,
    bugs: `https://example.org/${owner}/tls-json-native/issues`,
  })
  assert.throws(() => requireAddress(set('OWNER')), /repository has a placeholder/)
  assert.doesNotThrow(() => requireAddress(set('somebody')))
  const other = { ...set('somebody'), bugs: set('else').bugs }
  assert.throws(() => requireAddress(other), /bugs does not name the repository/)
  assert.throws(() => requireAddress({}), /does not name the repository/)
})

test('each package says where the repository is, as package.json does', () => {
  const { repository, homepage, bugs, author } = manifestIn(ROOT)
  assert.ok(author)
  const set = JSON.stringify({ repository, homepage, bugs }).replaceAll('OWNER', 'somebody')
  assert.doesNotThrow(() => requireAddress(JSON.parse(set)))
  for (const { file } of published) {
    const found = manifestIn(unpacked(file))
    assert.deepEqual(
      [found.repository, found.homepage, found.bugs, found.author],
      [repository, homepage, bugs, author],
    )
  }
})
