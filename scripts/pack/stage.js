'use strict'

/**
 * The folders that packages are packed from: the main package, and one for each system with its native library.
 */

const { execFileSync } = require('node:child_process')
const fs = require('node:fs')
const path = require('node:path')

const { ROOT } = require('../../lib/engine/addon-file')
const { packageName } = require('../../lib/engine/platform-package')
const { BUNDLES, writeBundles } = require('../bundle')
const { npmCommand } = require('../npm')
const { attribution } = require('./attribution')
const { requireFormat } = require('./binary-format')
const { packagedLinks } = require('./links')

/** @typedef {import('../platforms').Platform} Platform */
/** @typedef {{ platform: Platform, file: string }} Library A native library, and the system it is for. */

/**
 * @param {string[]} args
 * @param {string} cwd
 * @returns {any} what npm says, as JSON
 */
function askNpm(args, cwd) {
  const [program = '', ...first] = npmCommand()
  const output = execFileSync(program, [...first, ...args, '--json', '--ignore-scripts'], {
    cwd,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  return JSON.parse(output)
}

/** @returns {Record<string, any>} this repository's package.json */
function manifest() {
  return JSON.parse(fs.readFileSync(path.join(ROOT, 'package.json'), 'utf8'))
}

/**
 * @param {string} folder
 * @param {Record<string, unknown>} content
 */
function writeManifest(folder, content) {
  fs.writeFileSync(path.join(folder, 'package.json'), `${JSON.stringify(content, null, 2)}\n`)
}

/**
 * @param {Library} library
 * @throws {Error} where it would not load on its system
 */
function check({ platform, file }) {
  try {
    requireFormat(fs.readFileSync(file), platform)
  } catch (err) {
    throw new Error(`${file}, for ${platform.name}: ${/** @type {Error} */ (err).message}`, {
      cause: err,
    })
  }
}

/** @param {Platform} platform */
function libraryName({ name }) {
  return `tls-json-native.${name}.node`
}

/**
 * JavaScript, types, documents and sources.
 *
 * @param {string} folder empty
 * @param {{ libraries?: Library[], platforms?: Platform[] }} content `libraries` are put into the package itself;
 *   for `platforms` it asks for their packages, at its own version
 */
function stageMain(folder, { libraries = [], platforms = [] }) {
  writeBundles()
  const [{ files }] = askNpm(['pack', '--dry-run'], ROOT)
  for (const { path: name } of /** @type {{ path: string }[]} */ (files)) {
    if (name.startsWith('build/') && !BUNDLES.includes(path.join(ROOT, name))) continue
    fs.cpSync(path.join(ROOT, name), path.join(folder, name))
  }
  const content = manifest()
  for (const name of fs.readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    if (!name.endsWith('.md')) continue
    const file = path.join(folder, name)
    const from = name.replaceAll(path.sep, '/')
    const text = fs.readFileSync(file, 'utf8')
    fs.writeFileSync(file, packagedLinks(text, from, folder, /** @type {any} */ (content)))
  }
  for (const library of libraries) {
    check(library)
    fs.cpSync(library.file, path.join(folder, 'build', libraryName(library.platform)))
  }
  const { version } = content
  // The rest of both is for those who work on the package.
  content.scripts = { build: content.scripts.build }
  delete content.devDependencies
  if (platforms.length > 0) {
    const names = platforms.map(platform => packageName(platform.name))
    content.optionalDependencies = Object.fromEntries(names.map(name => [name, version]))
  }
  writeManifest(folder, content)
}

/**
 * @param {string} folder empty
 * @param {Library} library
 */
function stagePlatform(folder, { platform, file }) {
  check({ platform, file })
  const { version, license, author, repository, homepage, bugs, engines } = manifest()
  const { name, os, cpu, libc } = platform
  const main = libraryName(platform)
  fs.copyFileSync(file, path.join(folder, main))
  fs.copyFileSync(path.join(ROOT, 'LICENSE'), path.join(folder, 'LICENSE'))
  fs.writeFileSync(path.join(folder, 'THIRD-PARTY-LICENSES.txt'), attribution(platform))
  fs.writeFileSync(
    path.join(folder, 'README.md'),
    `# ${packageName(name)}\n\nThe native library of tls-json-native for ${name}. It is installed with that package; there ` +
      'is no other use for it.\n',
  )
  writeManifest(folder, {
    name: packageName(name),
    version,
    description: `The native library of tls-json-native for ${name}.`,
    license,
    ...{ author, repository, homepage, bugs },
    type: 'commonjs',
    main,
    files: [main, 'THIRD-PARTY-LICENSES.txt'],
    os: [os],
    cpu: [cpu],
    ...(libc ? { libc: [libc] } : {}),
    engines,
    publishConfig: { access: 'public' },
  })
}

/**
 * @param {string} folder a staged package
 * @param {string} out where the tarball goes
 * @returns {string} the tarball's file
 */
function pack(folder, out) {
  const [{ filename }] = askNpm(['pack', '--pack-destination', out], folder)
  return path.join(out, filename.replace(/^@/, '').replace('/', '-'))
}

module.exports = { libraryName, manifest, pack, stageMain, stagePlatform }
