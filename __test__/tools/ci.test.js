'use strict'

// What .ci/run says and ends with when a command fails, with a stand-in for npm.

const assert = require('node:assert/strict')
const { spawnSync } = require('node:child_process')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { test } = require('node:test')

const { ROOT } = require('../../lib/engine/addon-file')
const { cleanup } = require('../helpers/cleanup')

/** npm as far as .ci/run sees it: does nothing, and fails where it is told to. */
const NPM =
  '#!/bin/sh\necho "kept $TLSJSON_KEPT"\necho "did $*"\ncase "$*" in "$FAILS") exit 3 ;; esac\n'

/**
 * @param {import('node:test').TestContext} t
 * @param {string} fails the command of npm's that fails
 * @param {NodeJS.ProcessEnv} [env] variables beside those of this process
 * @returns {{ status: number | null, stdout: string }}
 */
function runCi(t, fails, env = {}) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'tls-json-native-ci-'))
  cleanup(t, () => fs.rmSync(folder, { recursive: true, force: true }))
  fs.writeFileSync(path.join(folder, 'npm'), NPM, { mode: 0o755 })
  const { status, stdout } = spawnSync('bash', [path.join(ROOT, '.ci', 'run')], {
    encoding: 'utf8',
    env: {
      ...process.env,
      ...env,
      FAILS: fails,
      PATH: `${folder}${path.delimiter}${process.env.PATH}`,
    },
  })
  return { status, stdout }
}

const STEPS = ['run check', 'run check:targets', 'run test:ecosystem', 'run test:docs']

const skip = process.platform === 'win32' && 'it is for bash'

test('.ci/run: every command, and each says how it ended', { skip }, t => {
  const { status, stdout } = runCi(t, '')
  assert.equal(status, 0, stdout)
  for (const step of ['run brokers', 'test', ...STEPS]) {
    assert.match(stdout, new RegExp(`^did ${step}\\n\\n=== npm ${step}: exit code 0, \\d+ s$`, 'm'))
  }
})

for (const { name, env, kept } of [
  {
    name: 'in the folder of this user',
    env: { HOME: '/home/somebody', XDG_CACHE_HOME: '', TLSJSON_KEPT: '' },
    kept: '/home/somebody/.cache/tls-json-native',
  },
  {
    name: 'where the system says',
    env: { XDG_CACHE_HOME: '/cache', TLSJSON_KEPT: '' },
    kept: '/cache/tls-json-native',
  },
  { name: 'where it is told', env: { TLSJSON_KEPT: '/kept' }, kept: '/kept' },
]) {
  test(`.ci/run: what other systems need is kept for the next clone, ${name}`, { skip }, t => {
    assert.match(runCi(t, 'test', env).stdout, new RegExp(`^kept ${kept}$`, 'm'))
  })
}

test('.ci/run: nothing follows tests that failed', { skip }, t => {
  const { status, stdout } = runCi(t, 'test')
  assert.equal(status, 3)
  assert.match(stdout, /\n=== npm test: exit code 3, \d+ s\n\n$/)
})

for (const step of STEPS) {
  test(`.ci/run: fails with \`npm ${step}\`, and shows what ran beside it`, { skip }, t => {
    const { status, stdout } = runCi(t, step)
    assert.equal(status, 1, stdout)
    assert.match(stdout, new RegExp(`^=== npm ${step}: exit code 3, \\d+ s$`, 'm'))
    assert.match(stdout, /^did run check$/m)
    assert.match(stdout, /^did run test:ecosystem$/m)
  })
}
