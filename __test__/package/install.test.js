'use strict'

const assert = require('node:assert/strict')
const fs = require('node:fs')
const path = require('node:path')
const { before, test } = require('node:test')

const { ROOT, addonFile } = require('../../lib/engine/addon-file')
const { NAME, install, newDirectory, pack, run, withoutCargo } = require('../helpers/package')

/** @type {{ file: string, names: string[] }} */
let tarball

/** @type {{ folder: string, home: string }} */
let original

before(() => {
  tarball = pack()
  original = install(tarball.file, { env: withoutCargo() })
})

/**
 * Where the addon is in an installed package.
 *
 * @param {string} home
 * @returns {string}
 */
function addonIn(home) {
  return path.join(home, 'build', path.basename(addonFile()))
}

/**
 * What `require` of an installed package throws.
 *
 * @param {string} folder
 * @param {string[]} [flags] of Node
 * @param {NodeJS.ProcessEnv} [env]
 * @param {string} [what] what is required
 * @returns {{ code: string, message: string }}
 */
function requireError(folder, flags = [], env = {}, what = NAME) {
  const program = `
    try { require('${what}') } catch (err) {
      console.log(JSON.stringify({ code: err.code, message: err.message }))
    }`
  const { stdout, stderr } = run(folder, [process.execPath, ...flags, '-e', program], env)
  assert.notEqual(stdout, '', `require throws\n${stderr}`)
  return JSON.parse(stdout)
}

/** Node 20 calls it an experiment. */
function permissionFlag() {
  return process.allowedNodeEnvironmentFlags.has('--permission')
    ? '--permission'
    : '--experimental-permission'
}

test('the tarball holds the binary, the sources and what builds them, and no tests', () => {
  const names = new Set(tarball.names)
  const needed = ['index.js', 'index.d.ts', 'Server.js', 'Client.js', 'build/tls-json.js']
  needed.push('build/later.js', 'cluster.js', 'cluster.d.ts', 'build/cluster.js')
  const building = ['scripts/build.js', 'src/lib.rs', 'build.rs']
  const rest = ['.cargo/config.toml', 'Cargo.toml', 'Cargo.lock', 'package.json', 'LICENSE']
  const addon = `build/${path.basename(addonFile())}`
  for (const name of [...needed, ...building, ...rest, addon]) assert.ok(names.has(name), name)

  assert.deepEqual(
    tarball.names.filter(name => name.endsWith('.node')),
    [addon],
    'one binary, of this platform',
  )
  assert.deepEqual(
    tarball.names.filter(name => name.startsWith('lib/')),
    ['lib/engine/addon-file.js'],
    'the rest of lib is in build/tls-json.js and those beside it',
  )
  const foreign =
    /^(__test__|lib(?!\/engine\/addon-file\.js$)|target|node_modules|benchmark|tmp|\.(?!cargo\/config\.toml$))/
  assert.deepEqual(
    tarball.names.filter(name => foreign.test(name)),
    [],
  )
})

test('installed under the old name, without cargo, it is required and imported', () => {
  const { folder } = installed()
  fs.writeFileSync(
    path.join(folder, 'program.cjs'),
    `
    const assert = require('node:assert/strict')
    const { Server, Client } = require('${NAME}')
    assert.equal(typeof Server, 'function')
    assert.equal(typeof Client, 'function')
    assert.equal(require('${NAME}/Server'), Server)
    assert.equal(require('${NAME}/Server.js'), Server)
    assert.equal(require('${NAME}/Client'), Client)
    assert.equal(require('${NAME}/Client.js'), Client)
    assert.equal(require('${NAME}/package.json').version, '3.4.0')
    const { Cluster, memoryBroker } = require('${NAME}/cluster')
    const broker = memoryBroker().connect()
    assert.match(new Cluster(new Server({ password: 'secret' }), { broker, name: 'eu' }).id, /^eu-/)
    process.exit(0)
    `,
  )
  fs.writeFileSync(
    path.join(folder, 'program.mjs'),
    `
    import assert from 'node:assert/strict'
    import tlsJson, { Server, Client } from '${NAME}'
    import DirectServer from '${NAME}/Server.js'
    import { Cluster } from '${NAME}/cluster.js'
    assert.equal(typeof Cluster, 'function')
    assert.equal(typeof Server, 'function')
    assert.equal(tlsJson.Server, Server)
    assert.equal(tlsJson.Client, Client)
    assert.equal(DirectServer, Server)
    process.exit(0)
    `,
  )
  for (const program of ['program.cjs', 'program.mjs']) {
    const { status, stderr } = run(folder, [process.execPath, program])
    assert.equal(status, 0, stderr)
  }
  // The command finds the package beside it: nobody listens there.
  const command = path.join(folder, 'node_modules', NAME, 'bin', 'tls-json.js')
  const { status, stderr } = run(folder, [process.execPath, command, 'send', '127.0.0.1:1', '1'])
  assert.equal(status, 3, stderr)
  assert.match(stderr, /ECONNREFUSED/)
})

/**
 * An installed package that the test may spoil: a copy of one.
 *
 * @returns {{ folder: string, home: string, addon: string }}
 */
function installed() {
  const folder = newDirectory()
  fs.cpSync(original.folder, folder, { recursive: true })
  const home = path.join(folder, path.relative(original.folder, original.home))
  return { folder, home, addon: addonIn(home) }
}

test('nothing runs at installing', () => {
  const { scripts } = JSON.parse(fs.readFileSync(path.join(ROOT, 'package.json'), 'utf8'))
  for (const name of ['preinstall', 'install', 'postinstall'])
    assert.equal(scripts[name], undefined)
})

test('without a library in a package that brings none, require says how to build it', () => {
  const { folder, home, addon } = installed()
  fs.rmSync(addon)
  const { code, message } = requireError(folder)
  assert.equal(code, 'TLSJSON_NO_BINARY')
  assert.ok(message.includes(`tried: ${addon}`), message)
  assert.match(message, /made without a library for/)
  assert.ok(message.includes(`node ${path.join(home, 'scripts', 'build.js')}`), message)
})

test('a broken library is named together with the reason', () => {
  const { folder, addon } = installed()
  fs.writeFileSync(addon, 'not a library')
  const { code, message } = requireError(folder)
  assert.equal(code, 'TLSJSON_NO_BINARY')
  assert.match(message, new RegExp(`tried: ${addon}\n {4}\\S+`))
  assert.match(message, /damaged or for another system.*delete node_modules, then npm install/)
})

test('a library of another system is named', () => {
  const { folder, home, addon } = installed()
  fs.renameSync(addon, path.join(home, 'build', 'tls-json-native.other-cpu.node'))
  assert.match(requireError(folder).message, /other systems: tls-json-native\.other-cpu\.node/)
})

test('a library for a newer glibc says so', { skip: process.platform !== 'linux' }, t => {
  const { folder, addon } = installed()
  const library = fs.readFileSync(addon, 'latin1')
  const [name] = /GLIBC_2\.\d\d(?=\0)/.exec(library) ?? []
  if (name === undefined) return t.skip('this library needs no glibc')
  // Node has loaded nothing from this file yet, and ld.so looks for the name as it stands.
  fs.writeFileSync(addon, library.replaceAll(name, 'GLIBC_2.98'), 'latin1')
  const { message } = requireError(folder)
  assert.match(message, /GLIBC_2\.98' not found/)
  assert.match(message, /built for a newer glibc than this system has\. Build it/)
})

test('where addons are off, the flag is named', () => {
  const { folder } = installed()
  assert.match(requireError(folder, ['--no-addons']).message, /--no-addons .*: leave it out\.$/)
  const off = ['--disable-warning=ExperimentalWarning', permissionFlag(), '--allow-fs-read=*']
  assert.match(requireError(folder, off).message, /--permission: add --allow-addons\.$/)
})

test('with the rights to read it and to load addons it works under the permission model', () => {
  const { folder } = installed()
  const flags = [permissionFlag(), `--allow-fs-read=${folder}/*`]
  const program = `require('${NAME}'); console.log('loaded')`
  const command = [process.execPath, ...flags, '--allow-addons', '-e', program]
  const { stdout, stderr } = run(folder, command)
  assert.equal(stdout, 'loaded\n', stderr)
})

test('TLSJSON_BINARY names the file, and nothing else is tried', () => {
  const { folder, addon } = installed()
  const elsewhere = path.join(folder, 'library.node')
  fs.renameSync(addon, elsewhere)
  const program = `require('${NAME}'); console.log('loaded')`
  const found = run(folder, [process.execPath, '-e', program], { TLSJSON_BINARY: 'library.node' })
  assert.equal(found.stdout, 'loaded\n', found.stderr)
  const { message } = requireError(folder, [], { TLSJSON_BINARY: '/nowhere/library.node' })
  assert.equal(message.match(/tried:/g)?.length, 1, message)
  assert.match(message, /Correct the environment variable TLSJSON_BINARY, or unset it\.$/)
})

test('code that a bundler moved away from its package says so', () => {
  const { folder, home } = installed()
  const bundle = path.join(folder, 'dist')
  fs.cpSync(home, bundle, { recursive: true })
  fs.rmSync(path.join(bundle, 'package.json'))
  fs.rmSync(addonIn(bundle))
  const { message } = requireError(folder, [], {}, './dist/index.js')
  assert.match(message, /probably by a bundler\. Keep the package out of the bundle/)
})
