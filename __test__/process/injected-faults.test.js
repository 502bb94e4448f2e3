'use strict'

// What the engine does where it fails within itself, or the system fails it: with an addon that is built once more, with
// faults that can be called for.

const assert = require('node:assert/strict')
const { spawnSync } = require('node:child_process')
const path = require('node:path')
const { before, test } = require('node:test')

const { ROOT } = require('../../lib/engine/addon-file')
const { STARTS, inject } = require('../mutants/inject')
const { build, copy } = require('../mutants/sources')
const { skip } = require('../helpers/transports')

/** What is called when both ends log in, talk and leave, over either transport. */
const IN_USE = [
  ...['connect', 'listen', 'write', 'queueFirst', 'take', 'login', 'admit', 'end', 'counts'],
  ...['writeBytes', 'pause', 'resume', 'byteCounts', 'exportKeyingMaterial'],
]
  .map(name => `Engine.${name}`)
  .concat('Pipes.open', 'Pipes.receive', 'Pipes.next', 'Pipes.login', 'Pipes.close')

let folder = ''
/** @type {string[]} */
let injected = []

before(() => {
  if (skip) return
  folder = copy()
  injected = inject(folder)
  const target = process.env.CARGO_TARGET_DIR ?? path.join(ROOT, 'target')
  assert.ok(build(folder, target), 'it is built')
})

/**
 * @param {string[]} args of Node
 * @returns {any} what the program prints
 */
function run(...args) {
  const { NODE_TEST_CONTEXT: _, TLSJSON_TRANSPORT: __, ...inherited } = process.env
  // glibc overwrites what is freed, so that nobody goes on using it unnoticed.
  const env = { ...inherited, MALLOC_PERTURB_: '165' }
  const options = { encoding: /** @type {const} */ ('utf8'), env, maxBuffer: 1 << 26 }
  const { status, signal, stdout, stderr } = spawnSync(process.execPath, args, options)
  assert.deepEqual([status, signal], [0, null], stderr)
  return JSON.parse(stdout)
}

/** @param {string} name */
const fixture = name => path.join(ROOT, '__test__', 'fixtures', name)

test('a panic in any entry is an error with a code, and all else goes on', { skip }, () => {
  /** @type {import('../fixtures/every-entry').Seen[]} */
  const seen = run(fixture('every-entry.js'), folder)
  const byItself = seen.filter(({ how }) => how === 'by itself')
  assert.deepEqual(byItself.map(({ entry }) => entry).sort(), injected.sort())
  for (const { entry, how, fired, codes, wrong } of seen) {
    const what = `${entry}, ${how}`
    assert.deepEqual(wrong, [], what)
    if (how === 'by itself' || IN_USE.includes(entry)) assert.ok(fired, `${what}: it was seen`)
    if (fired) assert.deepEqual(codes, ['TLSJSON_INTERNAL'], what)
  }
})

for (const [step, [, , code]] of Object.entries(STARTS)) {
  test(
    `an engine without a place in the event loop says so, and a later one has it: ${step}`,
    { skip: skip || (process.platform !== 'linux' && 'threads read there') },
    () => {
      const { codes, answer } = run('--expose-gc', fixture('no-place-in-loop.js'), folder, step)
      assert.deepEqual(new Set(codes), new Set([code]))
      assert.deepEqual(answer, { works: true })
    },
  )
}
