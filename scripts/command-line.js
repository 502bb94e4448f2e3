'use strict'

/**
 * Writes what `--help` says into docs/reference/command-line.md. With --check it writes nothing and fails where the page says
 * something else.
 */

const fs = require('node:fs')
const path = require('node:path')

const { allCommands } = require('../bin/commands')
const { commandHelp } = require('../bin/cli/help')
const { ROOT } = require('../lib/engine/addon-file')
const { runMain } = require('./prerequisites')

const PAGE = path.join(ROOT, 'docs', 'reference', 'command-line.md')

/** @returns {string} a section for each command */
function sections() {
  return allCommands()
    .map(([name, command]) => {
      const help = ['```text', commandHelp(name, command), '```'].join('\n')
      return `### \`${name}\`\n\n${help}\n`
    })
    .join('\n')
}

runMain(() => {
  const present = fs.readFileSync(PAGE, 'utf8')
  const begin = '<!-- commands -->\n\n'
  const end = '\n<!-- /commands -->'
  const [before = ''] = present.split(begin)
  const after = present.slice(present.indexOf(end))
  const page = `${before}${begin}${sections()}${after}`
  if (page === present) return
  if (process.argv.includes('--check')) {
    throw new Error(`${PAGE} is not what --help says: node scripts/command-line.js`)
  }
  fs.writeFileSync(PAGE, page)
})
