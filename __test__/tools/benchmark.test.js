'use strict'

// The benchmark's programs run, check their answers, and write what they say. Figures are not looked at.

const assert = require('node:assert/strict')
const { execFile } = require('node:child_process')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { after, test } = require('node:test')
const { promisify } = require('node:util')

const run = promisify(execFile)
const PROGRAM = path.join(__dirname, '..', '..', 'benchmark', 'run.js')

const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'tls-json-native-benchmark-'))
after(() => fs.rmSync(directory, { recursive: true }))

/**
 * @param {string[]} args
 * @returns {Promise<any>} what `--json` wrote
 */
async function benchmark(...args) {
  const json = path.join(directory, 'results.json')
  const short = ['--rounds', '1', '--time', '20', '--warm-up', '20', '--json', json]
  await run(process.execPath, [PROGRAM, ...short, ...args], {
    env: { ...process.env, TLS_JSON_REFERENCE: '' },
  })
  return JSON.parse(fs.readFileSync(json, 'utf8'))
}

test('a round of some scenarios measures both peers', async () => {
  const only = ['round-trip', 'first-requests', 'burst-4k', 'open-loop', 'connects-ec']
  const { scenarios, peers } = await benchmark('--only', only.join())
  assert.deepEqual(
    peers.map(({ name }) => name),
    ['ours', 'tuned'],
  )
  assert.deepEqual(scenarios.map(({ name }) => name).sort(), only.sort())
  for (const { name, metrics, rows } of scenarios) {
    for (const { peer, error, figures } of rows) {
      assert.equal(error, undefined, `${peer} in ${name}`)
      for (const metric of metrics) {
        assert.ok(figures[metric.name].value.median > 0, `${metric.name} of ${peer} in ${name}`)
      }
    }
  }
})
