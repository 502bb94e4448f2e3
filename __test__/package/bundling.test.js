'use strict'

// What docs/guide/bundling.md says of bundles, and of the permission model.

const assert = require('node:assert/strict')
const { spawnSync } = require('node:child_process')
const fs = require('node:fs')
const path = require('node:path')
const { test } = require('node:test')

const { directory } = require('../helpers/subject')
const { temporary } = require('../helpers/temporary')

/** As bundlers come: with vitest. */
const esbuild = require('esbuild')

const PROGRAM = `
const { Server, TlsJsonError } = require('tls-json')
console.log(new Server({ password: 'secret' }).listenerCount('error'), TlsJsonError.name)
`

/**
 * @param {import('node:test').TestContext} t
 * @returns {string} a folder with a program and the package
 */
function project(t) {
  const folder = temporary(t)
  fs.mkdirSync(path.join(folder, 'node_modules'))
  fs.symlinkSync(directory, path.join(folder, 'node_modules', 'tls-json'), 'junction')
  fs.writeFileSync(path.join(folder, 'program.js'), PROGRAM)
  return folder
}

/**
 * @param {string} folder
 * @param {...string} args of Node
 */
function node(folder, ...args) {
  const options = { cwd: folder, encoding: /** @type {const} */ ('utf8'), timeout: 60_000 }
  return spawnSync(process.execPath, args, options)
}

/**
 * @param {string} folder
 * @param {string[]} external
 * @returns {string} the bundle
 */
function bundle(folder, external) {
  const outfile = path.join(folder, 'bundle.js')
  esbuild.buildSync({
    entryPoints: [path.join(folder, 'program.js')],
    bundle: true,
    platform: 'node',
    external,
    outfile,
    logLevel: 'silent',
  })
  return outfile
}

test('a bundle with the package as external runs', t => {
  const folder = project(t)
  const { status, stdout, stderr } = node(folder, bundle(folder, ['tls-json']))
  assert.equal(stdout, '0 TlsJsonError\n', stderr)
  assert.equal(status, 0)
})

test('a bundle that holds the package says that its library is missing', t => {
  const folder = project(t)
  const { status, stderr } = node(folder, bundle(folder, []))
  assert.match(stderr, /TLSJSON_NO_BINARY/)
  assert.notEqual(status, 0)
})

test('the permission model needs leave for native libraries', t => {
  const folder = project(t)
  const flag = process.allowedNodeEnvironmentFlags.has('--permission')
    ? '--permission'
    : '--experimental-permission'
  const reading = [
    flag,
    `--allow-fs-read=${folder}`,
    `--allow-fs-read=${fs.realpathSync(directory)}`,
  ]
  const refused = node(folder, ...reading, 'program.js')
  assert.match(refused.stderr, /TLSJSON_NO_BINARY/)
  const allowed = node(folder, ...reading, '--allow-addons', 'program.js')
  assert.equal(allowed.stdout, '0 TlsJsonError\n', allowed.stderr)
})
