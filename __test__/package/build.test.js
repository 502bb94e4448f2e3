'use strict'

const assert = require('node:assert/strict')
const fs = require('node:fs')
const path = require('node:path')
const { test } = require('node:test')

const { ROOT, addonFile } = require('../../lib/engine/addon-file')
const { NAME, install, pack, run, withoutCargo } = require('../helpers/package')

test('from the tarball alone cargo builds the addon, and then there is nothing to do', () => {
  const { folder, home } = install(pack().file, { flags: ['--ignore-scripts'] })
  const addon = path.join(home, 'build', path.basename(addonFile()))
  fs.writeFileSync(addon, 'not a library')

  // One folder for every run of this test, so that only the first compiles the dependencies.
  const target = path.join(ROOT, 'target', 'package-test')
  const env = { CARGO_TARGET_DIR: target }
  const built = run(home, [process.execPath, 'scripts/build.js'], env)
  assert.equal(built.status, 0, built.stderr)
  assert.match(built.stdout, /Built build/)

  const program = `require('${NAME}'); process.exit(0)`
  const loaded = run(folder, [process.execPath, '-e', program])
  assert.equal(loaded.status, 0, loaded.stderr)

  const again = run(home, [process.execPath, 'scripts/build.js'], withoutCargo())
  assert.equal(again.status, 0, again.stderr)
  assert.match(again.stdout, /up to date/)
  const left = fs.readdirSync(path.join(home, 'build')).filter(name => name.startsWith('tmp-'))
  assert.deepEqual(left, [], 'nothing is left behind')
})
