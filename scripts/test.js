'use strict'

/**
 * `npm test`: builds, then runs the Rust tests and the Node tests, over rustls and over Node's own TLS; with `--all` those too
 * that take minutes. Other words after `npm test --` choose Node test files by part of their path and leave the Rust tests
 * out.
 */

const { build } = require('./build')
const { nodeTestsOverBoth } = require('./node-tests')
const { cargo, requireNode, requireOpenssl, requireRust, runMain } = require('./prerequisites')
const { installDevDependencies, runSteps } = require('./steps')

runMain(async () => {
  const words = process.argv.slice(2)
  console.log([requireNode(), requireRust(), requireOpenssl()].join(', '))
  const node = nodeTestsOverBoth(words)

  await installDevDependencies()
  await build()

  const rust = { name: 'cargo test', command: [cargo(), 'test', '--locked'] }
  await runSteps('npm test', words.every(word => word === '--all') ? [rust, ...node] : node)
})
