'use strict'

/**
 * The Rust tests as suites: each program that cargo makes of them.
 */

const { spawn } = require('node:child_process')
const { once } = require('node:events')
const readline = require('node:readline')

const { ROOT } = require('../lib/engine/addon-file')
const { cargo } = require('./prerequisites')

/** @typedef {import('./suites').Suite} Suite */

/**
 * @param {string} output of a program of tests; the models of threads have no such line, and end with 1 if one fails
 * @returns {import('./suites').Result}
 */
function read(output) {
  let [passed, failed, ignored] = [0, 0, 0]
  for (const [, a, b, c] of output.matchAll(
    /^test result: .* (\d+) passed; (\d+) failed; (\d+)/gm,
  )) {
    passed += Number(a)
    failed += Number(b)
    ignored += Number(c)
  }
  const models = output.match(/^.+: \d+ orders, /gm)?.length
  if (models) return { failed, text: `${models} models`, failures: output }
  const text = `${passed} passed${ignored > 0 ? `, ${ignored} skipped` : ''}`
  return { failed, text, failures: output }
}

/**
 * Builds them.
 *
 * @returns {Promise<Suite[]>}
 * @throws {Error} when they do not compile; cargo has said why
 */
async function rustSuites() {
  const args = ['test', '--locked', '--no-run', '--message-format=json-render-diagnostics']
  const child = spawn(cargo(), args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'inherit'] })
  const closed = once(child, 'close')
  /** @type {Suite[]} */
  const suites = []
  for await (const line of readline.createInterface({ input: child.stdout })) {
    const message = line.startsWith('{') ? JSON.parse(line) : {}
    if (!message.executable || !message.profile.test) continue
    const { name, kind } = message.target
    suites.push({
      name: `Rust: ${kind.includes('test') ? name : 'src'}`,
      command: [message.executable, '--quiet'],
      read,
    })
  }
  const [code] = await closed
  if (code !== 0) throw new Error('The Rust tests do not compile; cargo said why.')
  const doc = [cargo(), 'test', '--locked', '--doc', '--quiet']
  return [...suites, { name: 'Rust: documentation', command: doc, read }]
}

module.exports = { rustSuites }
