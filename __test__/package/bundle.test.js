'use strict'

// The file that lib becomes is made once, and anew when it is not what it should be.

const assert = require('node:assert/strict')
const fs = require('node:fs')
const path = require('node:path')
const { test } = require('node:test')

const { BUNDLES, isWritten, writeBundles } = require('../../scripts/bundle')
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
