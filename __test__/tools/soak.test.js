'use strict'

const assert = require('node:assert/strict')
const fs = require('node:fs')
const path = require('node:path')
const { test } = require('node:test')

const { copyPackage } = require('../helpers/copy')
const { start } = require('../helpers/program')
const { temporaryFolder } = require('../helpers/cleanup')
const subject = require('../helpers/subject')

// What it does with the original is asked for by --reference.
const only = subject.isOriginal ? { skip: 'about this package alone' } : {}

/** Milliseconds; it ends by itself long before. */
const within = 300_000

/**
 * @param {import('node:test').TestContext} t
 * @param {string[]} args
 */
function soak(t, args) {
  return start(t, [path.join(__dirname, '..', 'soak', 'run.js'), ...args], { within })
}

test('a short soak loses nothing, repeats nothing and ends by itself', only, async t => {
  const markdown = path.join(temporaryFolder(t), 'report.md')
  const args = ['--seconds', '10', '--clients', '100', '--markdown', markdown]
  const { code, stdout, stderr } = await soak(t, args)
  assert.equal(stderr, '')
  assert.equal(code, 0, stdout)
  const report = fs.readFileSync(markdown, 'utf8')
  assert.ok(stdout.includes(report.trim()), stdout)
  for (const what of [
    'did killed',
    'did redial',
    'did slow',
    'unauthenticated',
    'accounts',
    'kills',
  ]) {
    assert.match(report, new RegExp(`\\| ${what} +\\| [1-9]`), what)
  }
})

/**
 * Faults put into a copy of the package, and what the soak must call them.
 *
 * @type {Record<string, { file: string, line: string, fault: string, finding: RegExp }>}
 */
const faults = {
  'a message that is not delivered': {
    file: 'lib/engine/dispatch.js',
    line: 'receiver.line(text.slice(begin, value))',
    fault: `if (!text.slice(begin, value).includes('"note"') || Math.random() > 0.001) {
        receiver.line(text.slice(begin, value))
      }`,
    finding: /\| lost +\|/,
  },
  'a message that is delivered twice': {
    file: 'lib/engine/dispatch.js',
    line: 'receiver.line(text.slice(begin, value))',
    fault: `receiver.line(text.slice(begin, value))
      if (Math.random() < 0.001) receiver.line(text.slice(begin, value))`,
    finding: /\| repeated +\|/,
  },
  'continuations that run late': {
    file: 'lib/connection/paused-events.js',
    line: 'this.#settledIn = dispatch.currentTurn()',
    fault: '',
    finding: /\| out of order +\|/,
  },
  'a close that is told twice': {
    file: 'lib/server/server.js',
    line: "() => this.emit('close', socketId)",
    fault: "() => [1, 2].map(() => this.emit('close', socketId))",
    finding: /\| twice +\|/,
  },
  'sockets that stay in the table of a server': {
    file: 'lib/server/server.js',
    line: 'this.sockets.delete(socketId)',
    fault: 'undefined',
    finding: /\| left +\|/,
  },
}

for (const [name, { file, line, fault, finding }] of Object.entries(faults)) {
  test(`a soak notices ${name}`, only, async t => {
    const folder = copyPackage(t)
    const source = fs.readFileSync(path.join(folder, file), 'utf8')
    assert.ok(source.includes(line), `${file} has the line`)
    fs.writeFileSync(
      path.join(folder, file),
      source.replace(line, () => fault),
    )
    const args = ['--seconds', '4', '--clients', '60', '--package', folder]
    const { code, stdout, stderr } = await soak(t, args)
    assert.equal(stderr, '')
    assert.equal(code, 1, stdout)
    assert.match(stdout, finding)
  })
}
