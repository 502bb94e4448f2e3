'use strict'

// That the micro-benchmarks measure what they say: every message comes through, and one that does not is noticed.

const assert = require('node:assert/strict')
const { execFile } = require('node:child_process')
const path = require('node:path')
const { test } = require('node:test')
const { promisify } = require('node:util')

const { cases } = require('../../benchmark/micro/cases')
const { measure } = require('../../benchmark/micro/measure')

const ONCE = { repeats: 1, time: 1, warmUp: 1 }

for (const [name, make] of Object.entries(cases)) {
  test(`every message comes through: ${name}`, async () => {
    const one = make(name)
    try {
      const { floor, whole, ratio } = await measure(one, ONCE)
      assert.ok(floor > 0 && whole > 0 && Number.isFinite(ratio.median))
    } finally {
      one.close()
    }
  })
}

test('a message that is lost fails its benchmark', async () => {
  const lossy = { name: 'lossy', messages: 3, floor: () => 3, whole: () => 2, close() {} }
  await assert.rejects(measure(lossy, ONCE), { message: 'lossy: 2 of 3 messages came through' })
})

test('the program measures what is asked for', async () => {
  const program = path.join(__dirname, '..', '..', 'benchmark', 'micro', 'run.js')
  const effort = ['--repeats', '1', '--time', '1', '--warm-up', '1']
  const { stdout } = await promisify(execFile)(process.execPath, [
    program,
    '--javascript',
    ...effort,
    'sends, 4 KB',
  ])
  const [, head, row, end] = stdout.split('\n')
  assert.match(head, /^ +floor +whole +own$/)
  assert.match(row, /^sends, 4 KB( +-?[\d.,]+){3} {2}[\d.]+× \([\d.]+–[\d.]+\)$/)
  assert.equal(end, '')
})
