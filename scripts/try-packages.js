'use strict'

/**
 * `node scripts/try-packages.js DIR`: whether the packages in DIR, as they would be published, work on this machine. They
 * are installed from a registry on loopback into an empty project, under the old name and without scripts; then the
 * README's programs run, and the recorded transcripts of the original; and the test files of `__test__` that are named
 * behind DIR. Needs Node, npm and the openssl command; no Rust.
 *
 * `--bun FILE` and `--deno FILE` have that program run all but npm.
 */

const { execFileSync } = require('node:child_process')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { parseArgs } = require('node:util')

const { ROOT, target } = require('../lib/engine/addon-file')
const { npmCommand } = require('./npm')
const { requireNode, requireOpenssl, runMain } = require('./prerequisites')
const { EXAMPLES, freePort, makeCertificate, runPrograms } = require('./readme-programs')
const { publishedIn, startRegistry } = require('./registry')

const NAME = 'tls-json'

/**
 * @typedef {object} Runtime
 * @property {string} name as it calls itself
 * @property {string[]} run the command that runs a program
 * @property {string[]} test the command that runs files of tests
 */

/**
 * @param {{ bun?: string, deno?: string }} programs
 * @returns {Runtime}
 */
function runtimeOf({ bun, deno }) {
  if (bun !== undefined) return { name: versionOf(bun), run: [bun], test: [bun, 'test'] }
  if (deno !== undefined) {
    const test = [deno, 'test', '--allow-all', '--no-check']
    return { name: versionOf(deno), run: [deno, 'run', '--allow-all'], test }
  }
  const node = process.execPath
  // An emulated processor is slow enough for one.
  const test = [node, '--test', '--test-concurrency=1']
  return { name: `Node ${process.versions.node}`, run: [node], test }
}

/**
 * @param {string} program
 * @returns {string} its name and version
 */
function versionOf(program) {
  const [line = ''] = execFileSync(program, ['--version'], { encoding: 'utf8' }).split('\n')
  const name = path.basename(program)
  return line.startsWith(name) ? line : `${name} ${line}`
}

/**
 * @param {string} folder an empty project
 * @param {string} packages
 */
async function install(folder, packages) {
  // Node takes that for granted, Deno does not.
  fs.writeFileSync(path.join(folder, 'package.json'), '{ "private": true, "type": "commonjs" }\n')
  const published = publishedIn(packages)
  const main = published.find(({ manifest }) => manifest.name === 'tls-json-native')
  if (main === undefined) throw new Error(`${packages} has no tls-json-native.`)
  const registry = await startRegistry(published)
  const cache = fs.mkdtempSync(path.join(os.tmpdir(), 'tls-json-native-cache-'))
  try {
    const [program = '', ...first] = npmCommand()
    const alias = `${NAME}@npm:tls-json-native@${main.manifest.version}`
    const flags = ['--ignore-scripts', '--no-audit', '--no-fund', `--cache=${cache}`]
    const started = performance.now()
    execFileSync(program, [...first, 'install', alias, ...flags, `--registry=${registry.url}`], {
      cwd: folder,
      stdio: 'inherit',
      // npm is a .cmd file there, which only a shell runs.
      shell: process.platform === 'win32',
    })
    console.log(`Installed in ${((performance.now() - started) / 1000).toFixed(1)} s.`)
  } finally {
    fs.rmSync(cache, { recursive: true, force: true })
    await registry.close()
  }
}

/**
 * The README's programs as a user has them.
 *
 * @param {string} folder the project
 */
function copyPrograms(folder) {
  for (const name of ['server.js', 'client.js']) {
    const text = fs.readFileSync(path.join(EXAMPLES, name), 'utf8')
    fs.writeFileSync(path.join(folder, name), text.replace("require('..')", `require('${NAME}')`))
  }
}

/**
 * @param {string[]} names files of `__test__`
 * @param {string} home where the package is
 * @param {Runtime} runtime
 */
function runTests(names, home, { test: [program = '', ...args] }) {
  // By a path, not a pattern.
  const files = names.map(name => `.${path.sep}${path.join('__test__', ...name.split('/'))}`)
  execFileSync(program, [...args, ...files], {
    cwd: ROOT,
    stdio: 'inherit',
    env: { ...process.env, TLS_JSON_SUBJECT: home },
  })
}

runMain(async () => {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: { bun: { type: 'string' }, deno: { type: 'string' } },
  })
  const [packages, ...tests] = positionals
  const runtime = runtimeOf(values)
  if (packages === undefined)
    throw new Error('Where are the packages? node scripts/try-packages.js DIR')
  console.log([target(), requireNode(), requireOpenssl()].join(', '))
  const folder = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'tls-json-native-try-')))
  try {
    await install(folder, packages)
    copyPrograms(folder)
    makeCertificate(folder)
    const port = await freePort(0)
    await runPrograms(port, { folder, programs: folder, runtime: runtime.run })
    const home = path.join(folder, 'node_modules', NAME)
    runTests(['protocol/transcripts.test.js', ...tests], home, runtime)
  } finally {
    fs.rmSync(folder, { recursive: true, force: true })
  }
  console.log(`\nThe packages work on ${target()} with ${runtime.name}.`)
})
