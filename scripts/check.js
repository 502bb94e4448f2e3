'use strict'

/**
 * `npm run check`: format, lint, types, generated files and the rules of the house. Changes nothing.
 */

const path = require('node:path')

const { cargo, requireNode, requireRust, runMain } = require('./prerequisites')
const { installDevDependencies, runSteps } = require('./steps')
const { supplyChain } = require('./supply-chain')

/**
 * The command that runs a script of the repository or of a development dependency.
 *
 * @param {string} file relative to the root of the repository
 * @param {string[]} args
 * @returns {string[]}
 */
function node(file, ...args) {
  return [process.execPath, path.join(...file.split('/')), ...args]
}

runMain(async () => {
  console.log([requireNode(), requireRust()].join(', '))
  await installDevDependencies()
  /** Those of cargo wait for each other in any case. */
  const rust = [
    { name: 'format, Rust', command: [cargo(), 'fmt', '--check'] },
    {
      name: 'format, the floor',
      command: [cargo(), 'fmt', '--check', '--manifest-path', 'benchmark/floor/Cargo.toml'],
    },
    {
      name: 'lint, Rust',
      command: [cargo(), 'clippy', '--all-targets', '--locked', '--', '-D', 'warnings'],
    },
    { name: 'generated types', command: node('scripts/types.js', '--check') },
    {
      name: 'documentation, Rust',
      command: [cargo(), 'doc', '--no-deps', '--locked'],
      env: { RUSTDOCFLAGS: '-D warnings' },
    },
    ...supplyChain(),
  ]
  const others = [
    { name: 'format', command: node('node_modules/prettier/bin/prettier.cjs', '--check', '.') },
    { name: 'rules', command: node('scripts/check-rules.js') },
    { name: 'rooms', command: node('scripts/check-rooms.js') },
    { name: 'workflows', command: node('scripts/check-workflows.js') },
    { name: 'table of platforms', command: node('scripts/targets/table.js') },
    { name: 'picture of the rooms', command: node('scripts/rooms/draw.js', '--check') },
    { name: 'lint', command: node('node_modules/eslint/bin/eslint.js', '--max-warnings=0', '.') },
    { name: 'types', command: node('node_modules/typescript/bin/tsc', '-p', 'tsconfig.json') },
    {
      name: 'types, in a browser',
      command: node('node_modules/typescript/bin/tsc', '-p', 'bin/watch/browser'),
    },
    { name: 'help in the documents', command: node('scripts/command-line.js', '--check') },
    { name: 'figures and charts', command: node('benchmark/report.js', '--check') },
  ]
  await runSteps('npm run check', others, rust)
})
