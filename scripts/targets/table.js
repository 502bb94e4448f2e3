'use strict'

/**
 * The table of docs/reference/platforms.md, from the recorded outcomes beside it. Run by itself it checks that the page
 * shows them.
 */

const fs = require('node:fs')
const path = require('node:path')

const { ROOT } = require('../../lib/engine/addon-file')
const { runMain } = require('../prerequisites')
const { ROWS, runtimeOf } = require('./rows')

/**
 * @typedef {object} Outcome
 * @property {string} system
 * @property {string} library
 * @property {string} runtime like `Node 20`
 * @property {'passed' | 'failed' | 'not available'} result
 * @property {string} detail
 * @property {string} date
 */

const FOLDER = path.join(ROOT, 'docs', 'reference')
const RECORD = path.join(FOLDER, 'platforms.json')
const PAGE = path.join(FOLDER, 'platforms.md')

/** The table stands between these lines. */
const MARKS = /(<!-- outcomes -->)[^]*(<!-- \/outcomes -->)/

/** @returns {Outcome[]} */
function recorded() {
  return JSON.parse(fs.readFileSync(RECORD, 'utf8'))
}

/**
 * @param {Outcome[]} outcomes
 * @returns {string} as prettier writes tables
 */
function table(outcomes) {
  const rows = outcomes.map(({ system, library, runtime, result, date }) => [
    system,
    `\`${library}\``,
    runtime,
    result,
    date,
  ])
  const all = [['system', 'library', 'runtime', 'result', 'date'], ...rows]
  const widths = [0, 1, 2, 3, 4].map(i => Math.max(...all.map(row => row[i]?.length ?? 0)))
  const lines = all.map(
    row => `| ${row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join(' | ')} |`,
  )
  const rule = `| ${widths.map(width => '-'.repeat(width)).join(' | ')} |`
  return [lines[0], rule, ...lines.slice(1)].join('\n')
}

/** @returns {string} the page as it has to be */
function page() {
  return fs.readFileSync(PAGE, 'utf8').replace(MARKS, `$1\n\n${table(recorded())}\n\n$2`)
}

/**
 * Takes outcomes into the record, each in place of its row's last one, and writes the page. What was not available does
 * not take the place of what was.
 *
 * @param {Outcome[]} outcomes
 */
function record(outcomes) {
  const isSame = (/** @type {Outcome} */ a, /** @type {Outcome} */ b) =>
    a.system === b.system && a.library === b.library && a.runtime === b.runtime
  const told = outcomes.filter(({ result }) => result !== 'not available')
  const kept = recorded().map(old => told.find(each => isSame(each, old)) ?? old)
  const more = told.filter(each => !kept.some(old => isSame(each, old)))
  const known = ROWS.map(row => ({ ...row, runtime: runtimeOf(row) }))
  const place = (/** @type {Outcome} */ each) =>
    known.findIndex(
      row =>
        row.system === each.system && row.library === each.library && row.runtime === each.runtime,
    )
  const all = [...kept, ...more]
    .sort((a, b) => place(a) - place(b))
    .map(each => ({ ...each, detail: '' }))
  fs.writeFileSync(RECORD, `${JSON.stringify(all, null, 2)}\n`)
  fs.writeFileSync(PAGE, page())
}

module.exports = { record }

if (require.main === module) {
  runMain(() => {
    if (page() === fs.readFileSync(PAGE, 'utf8')) return
    throw new Error(`${PAGE} does not show what platforms.json records.`)
  })
}
