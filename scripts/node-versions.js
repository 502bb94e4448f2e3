'use strict'

/**
 * `npm run test:nodes`: every Node test on every supported line of Node.js. The binaries are npm
 * packages, kept in target/. Numbers after `npm run test:nodes --` choose lines, other words choose
 * test files by part of their path.
 */

const { execFileSync } = require('node:child_process')
const fs = require('node:fs')
const path = require('node:path')

const { ROOT } = require('../lib/engine/addon-file')
const { requireNode, runMain } = require('./prerequisites')
const { runSteps } = require('./steps')

/** The lines that are tested: from the oldest of package.json's `engines` to the newest. */
const LINES = ['20', '22', '24', '26']

/** Milliseconds for one download of about 40 MB. */
const DOWNLOAD_TIMEOUT = 300_000

/**
 * The package that holds the binary itself. The package `node` would choose it with a script that
 * starts a second npm.
 *
 * @returns {string}
 */
function packageName() {
  const platform = process.platform === 'win32' ? 'win' : process.platform
  return `node-${platform}-${process.arch}`
}

/**
 * The binary of a line, downloaded the first time.
 *
 * @param {string} line such as 22
 * @returns {string} its absolute path
 */
function binary(line) {
  const folder = path.join(ROOT, 'target', 'node-versions', line)
  const program = process.platform === 'win32' ? 'node.exe' : 'node'
  const file = path.join(folder, 'node_modules', packageName(), 'bin', program)
  if (fs.existsSync(file)) return file

  console.log(`Fetching Node ${line} (${packageName()}).`)
  fs.mkdirSync(folder, { recursive: true })
  // npm is a .cmd file on Windows, which cannot be started without a shell; under `npm run` npm
  // names its own program.
  const npm = process.env.npm_execpath
  const [command, ...args] = npm ? [process.execPath, npm] : ['npm']
  // Without a prefix of its own npm would install into the repository.
  const flags = ['--no-save', '--ignore-scripts', '--no-audit', '--no-fund', '--prefix', folder]
  execFileSync(command ?? 'npm', [...args, 'install', ...flags, `${packageName()}@${line}`], {
    cwd: folder,
    stdio: ['ignore', 'inherit', 'inherit'],
    timeout: DOWNLOAD_TIMEOUT,
  })
  if (!fs.existsSync(file)) throw new Error(`${packageName()}@${line} has no ${file}.`)
  return file
}

/**
 * The step that runs the Node tests on a line.
 *
 * @param {string} line
 * @param {string[]} words choose test files
 * @returns {import('./steps').Step}
 */
function step(line, words) {
  const node = binary(line)
  const version = execFileSync(node, ['--version'], { encoding: 'utf8' }).trim()
  return {
    name: `Node ${version}`,
    // Given words, the script leaves the Rust tests out; this one is part of every test's path.
    command: [node, path.join('scripts', 'test.js'), ...(words.length > 0 ? words : ['.test.js'])],
    // For tests that look for `node` themselves.
    env: { PATH: `${path.dirname(node)}${path.delimiter}${process.env.PATH ?? ''}` },
  }
}

runMain(async () => {
  console.log(requireNode())
  const given = process.argv.slice(2)
  const words = given.filter(word => !/^\d+$/.test(word))
  const chosen = given.filter(word => /^\d+$/.test(word))
  const lines = chosen.length > 0 ? chosen : LINES
  await runSteps(
    'npm run test:nodes',
    lines.map(line => step(line, words)),
  )
})
