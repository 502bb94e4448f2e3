'use strict'

/**
 * `npm run docs`: makes the site of the documents, in build/site; `npm run docs:dev` serves it, and shows what is changed.
 * What it needs is installed first, into site/node_modules. Nothing of the site is fetched from elsewhere.
 */

const fs = require('node:fs')
const path = require('node:path')

const { requireNode, runMain } = require('../scripts/prerequisites')
const { installDevDependencies, run } = require('../scripts/steps')
const { ROOT, TYPES } = require('./pages')

/** What can be asked for, and what of VitePress does it. */
const COMMANDS = ['build', 'dev']

/**
 * Runs a program of site/node_modules.
 *
 * @param {string} name
 * @param {string} file its program
 * @param {string[]} args
 */
async function runTool(name, file, args) {
  const failure = await run([process.execPath, path.join(__dirname, 'node_modules', file), ...args])
  if (failure) throw new Error(`${name}: ${failure}`)
}

/**
 * @param {string} command of COMMANDS
 */
async function makeSite(command) {
  if (!COMMANDS.includes(command)) throw new Error(`site/run.js takes ${COMMANDS.join(' or ')}`)
  requireNode()
  // Of the repository's own: the types of Node, and what draws the charts.
  await installDevDependencies()
  await installDevDependencies(__dirname)
  // Only now: Vega is one of them.
  await require('./charts').drawCharts()
  fs.rmSync(path.join(ROOT, TYPES), { recursive: true, force: true })
  const options = ['--options', path.join(__dirname, 'typedoc.json'), '--logLevel', 'Warn']
  await runTool('TypeDoc', 'typedoc/bin/typedoc', options)
  await runTool('VitePress', 'vitepress/bin/vitepress.js', [command, __dirname])
}

if (require.main === module) runMain(() => makeSite(process.argv[2] ?? 'build'))

module.exports = { makeSite }
