'use strict'

// The packages as they are published, in the hands of package managers, bundlers and tools that look at packages. The
// tools are listed in package.json beside this file, and installed once into target/ecosystem.

const assert = require('node:assert/strict')
const fs = require('node:fs')
const path = require('node:path')
const { before, test } = require('node:test')

const { ROOT, target } = require('../../lib/engine/addon-file')
const { PLATFORMS } = require('../../scripts/platforms')
const { publishedIn, startRegistry } = require('../../scripts/registry')
const certificates = require('../helpers/certificates')
const { cleanup } = require('../helpers/cleanup')
const { libraries } = require('../helpers/libraries')
const { emptyProject, newDirectory, npm, run } = require('../helpers/package')

const { version: VERSION } = require('../../package.json')
const TOOLS = path.join(ROOT, 'target', 'ecosystem')
const MAIN = `tls-json-native-${VERSION}.tgz`

/** A user's program: a request over TLS and its answer. */
const PROGRAM = `
const { Server, Client } = require('tls-json')
const fs = require('node:fs')
const pair = { key: fs.readFileSync(process.env.KEY), cert: fs.readFileSync(process.env.CERT) }
const server = new Server({ options: pair, password: 'a' })
server.on('error', (id, err) => { throw err })
server.on('request', (id, request, res) => res.send({ echo: request.text }))
server.listen(0, () => {
  const { port } = server.tlsServer.address()
  const options = { ca: pair.cert }
  const client = new Client({ options, host: '127.0.0.1', port, password: 'a' })
  client.on('error', err => { throw err })
  client.on('authenticated', async () => {
    console.log((await client.request({ text: 'hello' })).echo)
    client.disconnect()
    server.close()
  })
})
`

/** @type {string} */
let packages

/** @type {string | undefined} */
let installed

before(() => {
  installTools()
  packages = newDirectory()
  const args = ['platforms', '--libraries', libraries(PLATFORMS), '--out', packages]
  const { status, stderr } = run(ROOT, [process.execPath, 'scripts/pack.js', ...args])
  assert.equal(status, 0, stderr)
})

function installTools() {
  const lock = fs.readFileSync(path.join(__dirname, 'package-lock.json'), 'utf8')
  const stamp = path.join(TOOLS, 'installed.json')
  if (fs.existsSync(stamp) && fs.readFileSync(stamp, 'utf8') === lock) return
  fs.rmSync(TOOLS, { recursive: true, force: true })
  fs.mkdirSync(TOOLS, { recursive: true })
  for (const name of ['package.json', 'package-lock.json']) {
    fs.copyFileSync(path.join(__dirname, name), path.join(TOOLS, name))
  }
  npm(TOOLS, ['ci', '--ignore-scripts', '--no-audit', '--no-fund'])
  fs.writeFileSync(stamp, lock)
}

/**
 * @param {string} folder where it runs
 * @param {string} name a program of node_modules/.bin
 * @param {string[]} args
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {string} what it printed; it has to end with 0
 */
function tool(folder, name, args, env = {}) {
  const program = fs.realpathSync(path.join(TOOLS, 'node_modules', '.bin', name))
  const isScript = fs.readFileSync(program).subarray(0, 2).toString() === '#!'
  const command = isScript ? [process.execPath, program] : [program]
  const { status, stdout, stderr } = run(folder, [...command, ...args], env)
  assert.equal(status, 0, `${name} ${args.join(' ')}\n${stdout}\n${stderr}`)
  return stdout
}

/** @returns {NodeJS.ProcessEnv} what the program reads */
function material() {
  const { keyFile, certFile } = certificates.san()
  return { KEY: keyFile, CERT: certFile }
}

/**
 * @param {string} folder
 * @param {string[]} command
 */
function assertRuns(folder, command) {
  const { stdout, stderr } = run(folder, command, material())
  assert.equal(stdout, 'hello\n', stderr)
}

/**
 * @param {import('node:test').TestContext} t
 * @returns {Promise<string>} the URL of a registry that has the packages
 */
async function registry(t) {
  const { url, close } = await startRegistry(publishedIn(packages))
  cleanup(t, close)
  return url
}

/**
 * A project with a program, that asks for the package under its old name.
 *
 * @param {object} [more] of its package.json
 * @returns {string} its folder
 */
function project(more = {}) {
  const folder = emptyProject()
  const dependencies = { 'tls-json': `npm:tls-json-native@${VERSION}` }
  const manifest = { name: 'project', version: '1.0.0', private: true, dependencies, ...more }
  fs.writeFileSync(path.join(folder, 'package.json'), JSON.stringify(manifest))
  fs.writeFileSync(path.join(folder, 'program.js'), PROGRAM)
  return folder
}

/**
 * @param {import('node:test').TestContext} t
 * @returns {Promise<string>} the folder of a project in which npm has installed the package
 */
async function installedProject(t) {
  if (installed === undefined) {
    const folder = project()
    const url = await registry(t)
    npm(folder, ['install', `--registry=${url}`, `--cache=${newDirectory()}`, '--no-audit'])
    installed = folder
  }
  const copy = newDirectory()
  fs.cpSync(installed, copy, { recursive: true })
  return copy
}

test('publint has nothing to say', () => {
  const tarballs = fs.readdirSync(packages).filter(name => name.endsWith('.tgz'))
  assert.equal(tarballs.length, 1 + PLATFORMS.length)
  for (const tarball of tarballs) {
    assert.match(tool(packages, 'publint', ['run', tarball, '--strict']), /All good!/, tarball)
  }
})

test('the types resolve in every module mode', () => {
  assert.match(tool(packages, 'attw', [MAIN, '--format', 'ascii']), /No problems found/)
})

test('esbuild: external, the bundle works; inside the bundle, the error names the remedy', async t => {
  const folder = await installedProject(t)
  const flags = ['program.js', '--bundle', '--platform=node', '--log-level=error']
  tool(folder, 'esbuild', [...flags, '--external:tls-json', '--outfile=dist/app.js'])
  assertRuns(folder, [process.execPath, 'dist/app.js'])
  tool(folder, 'esbuild', [...flags, '--outfile=dist/whole.js'])
  const { stderr } = run(folder, [process.execPath, 'dist/whole.js'], material())
  assert.match(stderr, /TLSJSON_NO_BINARY/)
  assert.match(stderr, /esbuild: --external:tls-json/)
})

test('webpack: external, the bundle works', async t => {
  const folder = await installedProject(t)
  const config = {
    mode: 'production',
    target: 'node',
    context: folder,
    entry: './program.js',
    externals: { 'tls-json': 'commonjs tls-json' },
    output: { path: path.join(folder, 'dist'), filename: 'app.js' },
  }
  const build = `
    const webpack = require(${JSON.stringify(path.join(TOOLS, 'node_modules', 'webpack'))})
    webpack(${JSON.stringify(config)}, (err, stats) => {
      if (err) throw err
      if (stats.hasErrors()) throw new Error(stats.toString())
    })`
  const { status, stderr } = run(folder, [process.execPath, '-e', build])
  assert.equal(status, 0, stderr)
  assertRuns(folder, [process.execPath, 'dist/app.js'])
})

test('rollup: external, the bundle works', async t => {
  const folder = await installedProject(t)
  fs.writeFileSync(
    path.join(folder, 'rollup.config.cjs'),
    `module.exports = {
      input: 'program.js',
      external: ['tls-json', /^node:/],
      output: { file: 'dist/app.cjs', format: 'cjs' },
      plugins: [require(${JSON.stringify(path.join(TOOLS, 'node_modules', '@rollup/plugin-commonjs'))})()],
    }`,
  )
  tool(folder, 'rollup', ['--silent', '--config', 'rollup.config.cjs'])
  assertRuns(folder, [process.execPath, 'dist/app.cjs'])
})

test('pnpm: installed, and again from the frozen lock file', async t => {
  const folder = project()
  const url = await registry(t)
  const flags = [
    `--registry=${url}`,
    `--store-dir=${newDirectory()}`,
    `--cache-dir=${newDirectory()}`,
  ]
  tool(folder, 'pnpm', ['install', ...flags])
  fs.rmSync(path.join(folder, 'node_modules'), { recursive: true })
  tool(folder, 'pnpm', ['install', '--frozen-lockfile', '--offline', ...flags])
  assertRuns(folder, [process.execPath, 'program.js'])
})

test('Yarn 1', async t => {
  const folder = project()
  const url = await registry(t)
  const flags = ['--non-interactive', '--registry', url, '--cache-folder', newDirectory()]
  const yarn = path.join(TOOLS, 'node_modules', 'yarn', 'bin', 'yarn.js')
  const { status, stdout } = run(folder, [process.execPath, yarn, 'install', ...flags], {
    HOME: newDirectory(),
  })
  assert.equal(status, 0, stdout)
  assertRuns(folder, [process.execPath, 'program.js'])
})

test("Yarn 4, Plug'n'Play", async t => {
  const folder = project()
  const url = await registry(t)
  const yarn = path.join(TOOLS, 'node_modules', '@yarnpkg', 'cli-dist', 'bin', 'yarn.js')
  fs.writeFileSync(
    path.join(folder, '.yarnrc.yml'),
    [
      'nodeLinker: pnp',
      'enableTelemetry: false',
      'enableImmutableInstalls: false',
      // The registry here does not say when something was published.
      'npmMinimalAgeGate: 0',
      `npmRegistryServer: "${url}"`,
      'unsafeHttpWhitelist: ["127.0.0.1"]',
      `globalFolder: "${newDirectory()}"`,
    ].join('\n'),
  )
  fs.writeFileSync(path.join(folder, 'yarn.lock'), '')
  const { status, stdout } = run(folder, [process.execPath, yarn, 'install'])
  assert.equal(status, 0, stdout)
  assertRuns(folder, [process.execPath, yarn, 'node', 'program.js'])
})

test('a single executable, with node_modules beside it', async t => {
  const folder = await installedProject(t)
  const program = PROGRAM.replace(
    "require('tls-json')",
    "require('node:module').createRequire(process.execPath)('tls-json')",
  )
  fs.writeFileSync(path.join(folder, 'program.js'), program)
  fs.writeFileSync(
    path.join(folder, 'sea.json'),
    JSON.stringify({
      main: 'program.js',
      output: 'program.blob',
      disableExperimentalSEAWarning: true,
    }),
  )
  const blob = run(folder, [process.execPath, '--experimental-sea-config', 'sea.json'])
  assert.equal(blob.status, 0, blob.stderr)
  const executable = path.join(folder, 'program')
  fs.copyFileSync(process.execPath, executable)
  fs.chmodSync(executable, 0o755)
  const fuse = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2'
  tool(folder, 'postject', [executable, 'NODE_SEA_BLOB', 'program.blob', '--sentinel-fuse', fuse])
  assertRuns(folder, [executable])
})

for (const [name, program, args] of /** @type {const} */ ([
  ['Jest', 'jest/bin/jest.js', ['--ci', '--rootDir=.', '--cacheDirectory=cache']],
  ['Vitest', 'vitest/vitest.mjs', ['run', '--root=.', '--globals']],
])) {
  test(`${name}: a test that uses what was installed passes`, async t => {
    const folder = await installedProject(t)
    const received = "text => (expect(text).toBe('hello'), done())"
    fs.writeFileSync(
      path.join(folder, 'program.test.js'),
      `test('an echo', () => new Promise(done => {
        const received = ${received}
        ${PROGRAM.replace('console.log(', 'received(')}
      }))`,
    )
    const file = path.join(ROOT, 'node_modules', ...program.split('/'))
    const { status, stdout, stderr } = run(folder, [process.execPath, file, ...args], material())
    assert.equal(status, 0, stdout + stderr)
    assert.match(stdout + stderr, /1 passed/)
  })
}

test('what is installed is small, and only for this system', async t => {
  const folder = await installedProject(t)
  const scope = path.join(folder, 'node_modules', '@tls-json-native')
  assert.deepEqual(fs.readdirSync(scope), [target()])
})
