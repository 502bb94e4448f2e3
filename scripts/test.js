'use strict'

/**
 * `npm test`: builds, then runs the Rust tests and the Node tests, over rustls and over Node's own TLS; with `--all` those
 * too that take minutes; with `--portable` with the library as a release has it. Other words after `npm test --` choose Node
 * test files by part of their path and leave the Rust tests out.
 */

const { build } = require('./build')
const { nodeSuites } = require('./node-tests')
const { requireNode, requireOpenssl, requireRust, runMain } = require('./prerequisites')
const { rustSuites } = require('./rust-tests')
const { installDevDependencies } = require('./steps')
const { runSuites } = require('./suites')

runMain(async () => {
  const given = process.argv.slice(2)
  const words = given.filter(word => word !== '--portable')
  const portable = words.length < given.length
  console.log([requireNode(), requireRust(), requireOpenssl()].join(', '))
  const node = nodeSuites(words)

  await installDevDependencies()
  const whole = words.every(word => word === '--all')
  // Side by side: for minutes either compiles one file of C after the other.
  const [rust] = await Promise.all([whole ? rustSuites() : [], build({ portable })])
  await runSuites('npm test', [...rust, ...node])
})
