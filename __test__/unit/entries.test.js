'use strict'

// Whatever JavaScript calls of the engine catches panics: one that is not caught there ends the process.

const assert = require('node:assert/strict')
const fs = require('node:fs')
const path = require('node:path')
const { test } = require('node:test')

const { ROOT } = require('../../lib/engine/addon-file')
const { entries, entriesOf } = require('../mutants/entries')

/** @param {import('../mutants/entries').Entry[]} found */
const uncaught = found =>
  found.filter(({ attribute }) => !/\bcatch_unwind\b/.test(attribute)).map(({ name }) => name)

test('every entry in src/binding catches panics', () => {
  assert.deepEqual(uncaught(entries(ROOT)), [])
})

test('the entries that are found are those of the generated types', () => {
  const types = fs.readFileSync(path.join(ROOT, 'lib', 'engine', 'binding.d.ts'), 'utf8')
  /** @type {string[]} */
  const declared = []
  let owner = ''
  for (const [, kind, name, member] of types.matchAll(
    /^export (?:declare )?(class|interface|function) (\w+)|^ {2}(\w+)\(/gm,
  )) {
    if (kind === 'class') owner = String(name)
    else if (kind === 'function') declared.push(String(name))
    else if (member) declared.push(`${owner}.${member}`)
  }
  const found = entries(ROOT).map(({ name }) => name)
  assert.deepEqual(found.sort(), declared.sort())
})

test('an entry that does not catch panics is noticed, in every form', () => {
  const text = `
#[napi]
pub struct One {}

#[napi]
impl One {
    #[napi(constructor)]
    pub fn new() -> Self {}

    #[napi(catch_unwind)]
    pub fn good(&self) {}

    #[napi]
    #[allow(dead_code)]
    pub async fn bad_one(&self) -> Result<()> {}

    fn own(&self) {}
}

#[napi(js_name = "other")]
pub fn free() {}
`
  assert.deepEqual(uncaught(entriesOf('one.rs', text)), ['One.constructor', 'One.badOne', 'free'])
  const hidden = text.replace('    #[napi]\n    #[allow(dead_code)]\n', '')
  assert.throws(() => entriesOf('one.rs', hidden), /bad_one is public/)
})
