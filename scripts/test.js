'use strict'

/**
 * `npm test`: builds, then runs the Rust tests and the Node tests, over rustls and over Node's own TLS; with `--all` those
 * too that take minutes. Other words after `npm test --` choose Node test files by part of their path and leave the Rust
 * tests out. With `TLSJSON_BUILD=portable` in the environment the library is built as a release has it.
 */

const { build } = require('./build')
const { nodeSuites } = require('./node-tests')
const { requireNode, requireOpenssl, requireRust, runMain } = require('./prerequisites')
const { rustSuites } = require('./rust-tests')
const { installDevDependencies } = require('./steps')
const { runSuites } = require('./suites')

runMain(async () => {
  const words = process.argv.slice(2)
  console.log([requireNode(), requireRust(), requireOpenssl()].join(', '))
  const node = nodeSuites(words)

  const whole = words.every(word => word === '--all')
  // Side by side: for minutes either build compiles one file of C after the other, and npm waits for the network.
  const [rust] = await Promise.all([whole ? rustSuites() : [], installDevDependencies(), build()])
  await runSuites('npm test', [...rust, ...node])
})
