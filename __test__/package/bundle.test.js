'use strict'

// The file that lib becomes is made once, and anew when it is not what it should be.

const assert = require('node:assert/strict')
const fs = require('node:fs')
const { createRequire } = require('node:module')
const path = require('node:path')
const { test } = require('node:test')
const vm = require('node:vm')

const { BUNDLES, isWritten, writeBundles } = require('../../scripts/bundle')
const { publishedPackage } = require('../helpers/copy')
const { serverConfig } = require('../helpers/ends')
const { temporary } = require('../helpers/temporary')

test('what is as it would be written is left, and anything else is not taken for it', t => {
  const folder = temporary(t)
  const note = path.join(folder, 'note')
  const bundles = BUNDLES.map(file => path.join(folder, path.basename(file)))
  const [bundle = '', , cluster = ''] = bundles
  assert.equal(isWritten(bundles, note), false, 'there is nothing')
  writeBundles(folder, note)
  assert.equal(isWritten(bundles, note), true)

  // A file that is written is another file.
  const kept = fs.openSync(bundle)
  t.after(() => fs.closeSync(kept))
  const { ino } = fs.fstatSync(kept)
  writeBundles(folder, note)
  assert.equal(fs.statSync(bundle).ino, ino)

  const text = fs.readFileSync(cluster, 'utf8')
  fs.writeFileSync(cluster, `${text}// by another hand`)
  assert.equal(isWritten(bundles, note), false, 'one was altered')
  fs.writeFileSync(cluster, text)
  assert.equal(isWritten(bundles, note), true)

  const noted = fs.readFileSync(note, 'utf8')
  fs.writeFileSync(note, `another ${noted}`)
  assert.equal(isWritten(bundles, note), false, 'they are made of something else')
  fs.writeFileSync(note, noted)

  fs.rmSync(cluster)
  assert.equal(isWritten(bundles, note), false, 'one is gone')
})

test('where modules are not as those of Node, what comes later is required', t => {
  const file = path.join(publishedPackage(t), 'build', 'tls-json.js')
  const real = createRequire(file)
  /** @type {string[]} */
  const asked = []
  const require = (/** @type {string} */ name) => {
    asked.push(name)
    return real(name)
  }
  // As in Bun: a module can compile, and what its constructor makes can not.
  const module = {
    exports: /** @type {any} */ ({}),
    paths: [],
    _compile() {},
    constructor: class {},
  }
  const names = ['module', 'exports', 'require', '__dirname', '__filename']
  const load = vm.compileFunction(fs.readFileSync(file, 'utf8'), names, { filename: file })
  load(module, module.exports, require, path.dirname(file), file)
  assert.equal(asked.includes('./later.js'), false)
  const server = new module.exports.Server(serverConfig())
  assert.equal(asked.includes('./later.js'), true)
  assert.equal(server.requests.pending, 0)
})
