'use strict'

const assert = require('node:assert/strict')
const fs = require('node:fs')
const path = require('node:path')
const { before, test } = require('node:test')

const { addonFile } = require('../../lib/engine/addon-file')
const { NAME, install, npm, pack, run, withoutCargo } = require('../helpers/package')

/** @type {{ file: string, names: string[] }} */
let tarball

before(() => {
  tarball = pack()
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
 * @returns {{ code: string, message: string }}
 */
function requireError(folder) {
  const program = `
    try { require('${NAME}') } catch (err) {
      console.log(JSON.stringify({ code: err.code, message: err.message }))
    }`
  const { stdout, stderr } = run(folder, [process.execPath, '-e', program])
  assert.notEqual(stdout, '', `require throws\n${stderr}`)
  return JSON.parse(stdout)
}

test('the tarball holds the binary, the sources and what builds them, and no tests', () => {
  const names = new Set(tarball.names)
  const needed = ['index.js', 'index.d.ts', 'Server.js', 'Client.js', 'lib/engine/binding.js']
  const building = ['scripts/build.js', 'scripts/install.js', 'src/lib.rs', 'build.rs']
  const rest = ['.cargo/config.toml', 'Cargo.toml', 'Cargo.lock', 'package.json', 'LICENSE']
  const addon = `build/${path.basename(addonFile())}`
  for (const name of [...needed, ...building, ...rest, addon]) assert.ok(names.has(name), name)

  assert.deepEqual(
    tarball.names.filter(name => name.endsWith('.node')),
    [addon],
    'one binary, of this platform',
  )
  const foreign = /^(__test__|target|node_modules|benchmark|tmp|\.(?!cargo\/config\.toml$))/
  assert.deepEqual(
    tarball.names.filter(name => foreign.test(name)),
    [],
  )
})

test('installed under the old name, without cargo, it is required and imported', () => {
  const { folder } = install(tarball.file, { env: withoutCargo() })
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
    process.exit(0)
    `,
  )
  fs.writeFileSync(
    path.join(folder, 'program.mjs'),
    `
    import assert from 'node:assert/strict'
    import tlsJson, { Server, Client } from '${NAME}'
    import DirectServer from '${NAME}/Server.js'
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
})

test('without its binary, and with install scripts off, require says what to do', () => {
  const { folder, home } = install(tarball.file, { flags: ['--ignore-scripts'] })
  fs.rmSync(addonIn(home))
  const { code, message } = requireError(folder)
  assert.equal(code, 'TLSJSON_NO_BINARY')
  assert.ok(message.includes(addonIn(home)), message)
  assert.ok(message.includes(path.join(home, 'scripts', 'build.js')), message)
  assert.match(message, /npm rebuild/)
})

test('a broken binary is named together with the reason', () => {
  const { folder, home } = install(tarball.file)
  fs.writeFileSync(addonIn(home), 'not a library')
  const { code, message } = requireError(folder)
  assert.equal(code, 'TLSJSON_NO_BINARY')
  assert.ok(message.includes(`tried: ${addonIn(home)}`), message)
  assert.match(message, /reason: \S+/)
})

test('a binary of another system is named', () => {
  const { folder, home } = install(tarball.file, { flags: ['--ignore-scripts'] })
  fs.renameSync(addonIn(home), path.join(home, 'build', 'tls-json-native.other-cpu.node'))
  assert.match(requireError(folder).message, /other systems: tls-json-native\.other-cpu\.node/)
})

test('where no binary loads and cargo is missing, installing succeeds and require says so', () => {
  const { folder, home } = install(tarball.file, { flags: ['--ignore-scripts'] })
  fs.writeFileSync(addonIn(home), 'not a library')
  const output = npm(folder, ['rebuild', '--foreground-scripts'], withoutCargo())
  assert.match(output, /not a library|file too short|invalid ELF|not a mach-o|not a valid/i)
  assert.equal(requireError(folder).code, 'TLSJSON_NO_BINARY')
})
